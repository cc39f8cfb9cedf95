"""The checks of the doctor, for ``smartstore doctor`` and for the page: each looks at one side of the machine and returns findings. They
change nothing."""
