"""Who is told, with which words, and whether it arrived.

characters   what may stand in a message, how long it is, and where a name may be cut
figures      numbers, durations and times as a message says them
wording      the ten kinds, in Chinese and English
texts        facts -> a checked text of one part
budget       how many messages a person gets before a digest takes their place
reserve      what a carrier allows in a day, and what of it is kept for critical messages
port         what a driver of a modem or provider must do
drivers      the drivers that the configuration names
capabilities what each can and what its carrier allows
file_spool   a folder of files: the default, the demo, the tests
gammu        the gammu-smsd of this machine and its GSM modem
gammu_sql    the same daemon with its messages in SQLite, which has receipts
signing      how requests to the two clouds are signed
https        one POST, bounded, that says whether the request may have been acted upon
templates    the wording as approved templates, and a text taken apart into one
journal      what a cloud was handed over, by our names
cloud        a cloud as a driver: sent once, then followed
aliyun       Alibaba Cloud SMS
tencent      Tencent Cloud SMS
secret_file  a secret from a file that nobody else may read
smsbackup    gammu's message files
standing     how the channels stand
cli          `larder hub sms`
queue        the notices in alarms.db: what is next, what became of it
health       how a provider is, and which one comes next
handing      handing over, following, failing over
inbox        messages that came in by the modem
replies      what a reply means
reply_desk   the thread that takes replies and signs
chat         chat groups and apps by way of apprise
chat_queue   the notices in alarms.db on their further ways
chat_desk    the thread that says in chat groups what people are told
sender       the thread that sends, and that asks before it sends again
"""
