"""The web: a JSON API first, and a status page that is one of its readers. Loopback unless an operator token guards it.

    ports       what the web asks of the alarms, as the web sees it
    services    everything that the web is given
    app         build_web(services): the map of the web
    server      uvicorn on a socket that is bound before it serves
    guard       hosts, body size, security headers, who may write
    errors      every failure as {error, hint}
    now         register + last readings + time -> what is so now
    models      the shapes of the API's answers; those of the account in models_account
    answers     ports' values as those shapes; the account in answers_account
    api         the routes under /api/v1, and /metrics
    html        elements whose text is escaped because nothing else can be written
    figures     values, durations and moments as people read them
    words       every word of the page in both languages
    page        the status page, from its parts in page_alarms, page_places and page_account
    style.css   its one style sheet

Handlers run on the server's one thread, so that no port needs to be safe for several threads.
"""
