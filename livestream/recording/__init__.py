"""A show on disk: its packets become fMP4 parts in a worker process per show, which live HLS, the replay and clips share.

Reading order: ``wire`` (packets to the worker), ``ordering``, ``depayload`` (packets to pictures), ``sound``, ``picture``,
``cutting`` (where parts and segments end), ``program`` (what makes a new run), ``muxing``, ``shelf`` (files and journal),
``worker`` (the process); on the server's side ``process``, ``live``, ``service``.
"""
