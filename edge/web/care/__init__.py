"""The technician's side of the web room: devices and their wires, recordings, the doctor, the log, versions."""
