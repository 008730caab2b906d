"""The soak: the run that is killed for a long time, what is measured of it, and its bounds."""
