"""The one ``larder`` command, and what is started only from it.

=================  ===================================================================================
``main``           the command: finds the chosen sub-command and imports that one only
``programs``       the table of sub-commands: module, extra, one line of help
``version``        ``larder version``
``child``          child processes that never outlive the one that started them
``broker``         the embedded MQTT broker (nats-server), for demos, tests and one-box sites
``demo``           the demonstration: a broker, a hub and simulated canteens in one go
``reconcile``      the balance: produced = stored + declared lost + still held
=================  ===================================================================================
"""
