"""An invented company from a seed, for everyone who tries sparewise."""
