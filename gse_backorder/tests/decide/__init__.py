from . import test_take_back
