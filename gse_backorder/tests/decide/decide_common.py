from odoo.tests import Form

from ..promise.kept_common import KeptCase


class DecideCase(KeptCase):
    """Decisions on selected deliveries, by people with just the rights they have."""

    def _open(self, deliveries, method, user=None, **values):
        """Return the wizard that *method* opens for *user* (a manager), with *values* as he has entered them."""
        self._invalidate()
        user = user or self.manager
        action = getattr(deliveries.with_user(user), method)()
        wizard = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        if values:
            with Form(wizard) as form:
                for name, value in values.items():
                    setattr(form, name, value)
        return wizard

    def _hold(self, deliveries, reason="site", note="", user=None):
        self._open(deliveries, "action_hold", user, reason=reason, note=note).action_hold()
        self._invalidate()

    def _release(self, deliveries, user=None):
        deliveries.with_user(user or self.manager).action_release()
        self._invalidate()

    def _agree(self, deliveries, days, user=None, note="By telephone"):
        """Agree the date in *days* days for *deliveries*, as *user* (a picker)."""
        user = user or self.picker
        wizard = self._open(deliveries, "action_agree_date", user, date=self._in_days(days).date(), note=note)
        wizard.action_agree()
        self._invalidate()

    def _get_messages(self, delivery):
        return " ".join(str(message.body) for message in delivery.message_ids)
