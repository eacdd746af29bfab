from odoo.tests import HttpCase

# For all steps of a tour together. Each has its own patience, see static/tests/tours/patience.js.
PATIENCE_SECONDS = 300


class TourCase(HttpCase):
    """The screens, used in a browser; a slow machine is given its time."""

    def start_tour(self, url_path, tour_name, **kwargs):
        return super().start_tour(url_path, tour_name, **{"timeout": PATIENCE_SECONDS, **kwargs})
