"""The checks of ``smartstore doctor``: each looks at one side of the machine and returns findings. They change nothing."""
