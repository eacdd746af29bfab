# The rooms of the house, from the ground up: what stands on a floor uses what is below it (CONTRIBUTING.rst).
from . import chain  # what is a backorder, and what became of what was ordered?
from . import engine  # who gets what, when? It reads, and writes nothing
from . import allocation  # real stock is handed out, in ranking, once
from . import promise  # what do we say about a line or an order?
from . import supply  # what must be bought, and whom does it serve?
from . import customer  # what does the customer see, decide, get told?
from . import workbench  # what does the warehouse do next?
from . import decide  # what if, and who gives way?
from . import settings  # what may an administrator choose?
