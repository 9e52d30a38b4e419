"""Sensor streams: channels and who may read them, uploads, and the manifest that says what each version consists of."""
