//! Words about networks and systems.

/// A look-up that may go better another time.
pub(super) const LOOK_UP: &str = "
    host not found, try again | temporary failure in name resolution | temporary dns | dns soft error |
    temporarily unable to resolve | host lookup did not complete | temporary name server | cannot start tls | handshake failure | tls handshake |
    unverified address | address verification in progress
";

/// A program on the other side that failed, whatever it says of whom.
pub(super) const PROGRAM: &str = "
    couldn't create | could not create | can't create | cannot create | procmail: | maildrop: |
    cannot open mailbox | can't open mailbox | cannot lock | can't lock | error writing | write error |
    cannot append | no such file or directory | child status | core dumped
";

/// The address as it is written.
pub(super) const SYNTAX: &str = "
    syntax error in address | malformed address | illegal address | address syntax | bad mailbox syntax |
    syntax error in recipient | domain missing | unqualified
";

/// The time is up.
pub(super) const EXPIRED: &str = "
    retry limit | retries exceeded | retry count | number of retries | delivery attempts exceeded | lifetime |
    expired | retry time not reached | retry timeout | maximum time | too long | too old | in the queue |
    could not be delivered for | delivery timed out | undeliverable for | giving up |
    not going to try again | has been waiting | timed out while delivering | no longer be tried |
    unable to deliver for | time limit | timeout for delivery | days old | within the time |
    within the allowed | attempts | after several attempts | for more than | weiß keine | seit tagen
";

/// Not reached.
pub(super) const NETWORK: &str = "
    requests to connect | network error | socket error | connection refused | connection reset | connection closed |
    connection dropped | connection lost | lost connection | connection died | connection failed |
    connection error | connection was | connect to | connect failed | couldn't connect |
    could not connect | cannot connect | can't connect | unable to connect | unable to contact |
    could not contact | wasn't able to establish | failed to connect | no route to host | host is down |
    not reachable | unreachable | timed out | timeout | time out | no answer from host | not responding |
    did not respond | doesn't respond | does not respond | no response | isn't responding | unresponsive |
    bad connection | routing loop | loops back to myself | loop detected | mail loop | hop count |
    too many received | too many hops | message looping | temporary failure in name resolution |
    soft error | lookup fail | host lookup | try again | temporarily deferred | tls | ssl | handshake |
    certificate | keine verbindung | не удалось подключиться | 接続できません | タイムアウト | 超时 | 連接
";

/// Something is broken there.
pub(super) const SYSTEM: &str = "
    is unavailable | was unavailable | temporary error | temporary problem | system error |
    internal error | server error | configuration error | configuration problem | system config |
    misconfig | local error | local configuration | system resources | insufficient system |
    no such file | permission denied | i/o error | input/output error | cannot open | can't open |
    can't create | cannot create | can't write | cannot write | write error | read-only | out of memory |
    unable to execute | command died | command output | exit status | exited with | returned exit |
    mailer | pipe to | local delivery | delivery agent | procmail | maildrop | local problem |
    service unavailable | service not available | system not accepting | server is down | server down |
    not currently accepting | out of order | temporary failure | temporarily | unexpected | database |
    ldap | alias | busy | overload | disk error | crash | aborted | transaction failed |
    requested action | storage
";
