//! How a mail says that the message is late but not given up.

use std::sync::LazyLock;

use super::Phrases;

/// Words of a warning.
pub(crate) static WARNING: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new("
    (delay) | has been delayed | delivery delay | delayed mail | message delayed | mail delayed |
    is delayed | could not send message for | warning: message still | not yet been delivered |
    not been delivered yet | could not be delivered yet | undelivered after | remains undelivered |
    still undelivered | still not delivered | still in the mail queue | not yet delivered |
    warning message only | this is a warning | this is just a warning | only a warning |
    not yet able to deliver | temporarily undeliverable | temporarily deferred by the system |
    queued for delivery | keep trying | will retry | will be retried | continue trying | continue to try |
    continue to attempt | still trying | will be attempted |
    attempts to deliver the message will continue | delivery attempts will continue |
    will continue to be | no action is required on your part | do not need to resend |
    you do not need to take any | not necessary to resend | delivery status notification (delay |
    temporarily unable to deliver | retries will continue | will try again | further attempts |
    verzögert | weitere zustellversuche | noch nicht zugestellt | wird weiter versucht |
    zustellungsverzögerung | retardé | est différé | été différé | différée | n'a pas encore été | nouvelles tentatives |
    continuera d'essayer | tentera de nouveau | retrasad | demorad | aún no se ha entregado |
    se seguirá intentando | atrasad | ainda não foi entregue | continuará tentando | entrega adiada |
    ritardat | in ritardo | non è ancora stato | verrà ritentat | continuerà a tentare | vertraagd |
    nog niet bezorgd | nog niet worden afgeleverd | fördröj | försenad | forsinket | viivästy | opóźni |
    zpožděn | задерж | отложен | gecik | tertunda | 遅延 | 遅れて | まだ配信され | 再送を試み | 配送を続け | 延迟 | 推迟 | 延遲 |
    尚未 | 지연
")
});

/// Words that end all waiting, whatever else is said.
pub(crate) static GIVEN_UP: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(
        "
    giving up | not continue trying | will not continue | will not retry | not be resent |
    no further delivery | given up | gave up | failed permanently | permanent failure | permanent error |
    permanent fatal | has been returned | being returned | returned to sender | retry timeout exceeded |
    retry time exceeded | no further attempts | not be retried |
    will not be attempted | no longer be attempted | this is a permanent | fatal error |
    undeliverable mail | endgültig | aufgegeben | permanente | définitif | abandonné | definitiv |
    постоянн
",
    )
});
