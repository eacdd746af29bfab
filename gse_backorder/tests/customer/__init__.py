from . import portal_common
from . import test_choice_rules
from . import test_customer_mails
from . import test_documents
from . import test_lines
from . import test_messages
from . import test_ownership
from . import test_portal
