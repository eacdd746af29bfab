from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_values(self, src_partners, dst_partner):
        """Who stays is as late as a vendor as he was, else as those who go were: whoever merges cannot say so.

        He is the address of what they were, too, which no ``write`` has told: with his zone, the days may be others.
        """
        late = [partner.vendor_delay_days for partner in src_partners if partner.vendor_delay_days]
        if late and not dst_partner.vendor_delay_days:
            dst_partner._write_facts({"vendor_delay_days": late[-1]})
        result = super()._update_values(src_partners, dst_partner)
        self.env.registry.clear_cache()
        return result
