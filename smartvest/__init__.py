"""smartVEST: the public dashboard of Kreis Recklinghausen and its ten towns."""

__version__ = "0.1.0"
