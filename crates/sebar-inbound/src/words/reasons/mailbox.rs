//! Words about the mailbox, which is there.

/// Out of service: the mailbox is there, and may come back.
pub(super) const DISABLED: &str = "
    no longer accepting mail | account is on hold | has been inactive | mailbox is not in use | not accepting messages |
    temporary locked | temporarily locked | account is blocked | mailbox is blocked | user is blocked |
    account blocked | disabled recipient | recipient address disabled | mailbox deactivated |
    account deactivated | has been deactivated | is out of service | account disabled |
    account is disabled | account has been disabled | account that you tried to reach is disabled |
    mailbox disabled | mailbox is disabled | mailbox has been disabled | user disabled |
    user is disabled | recipient disabled | account inactive | account is inactive | account not active |
    inactive user | user is inactive | user inactive | mailbox is inactive | mailbox inactive |
    inactive mailbox | inactive account | mailbox not active | is not active |
    account that you tried to reach is inactive | suspended | account is locked | account locked |
    mailbox is locked | mailbox locked | user is locked | mailbox is frozen | account is frozen |
    account expired | account has expired | mailbox has expired | account is closed temporarily |
    temporarily disabled | currently disabled | boite du destinataire archivee |
    email account is currently | due to inactivity | vacant mailbox | domain is disabled |
    invalid/inactive | never logged | user not active | has been blocked by an administrator of the recipient |
    архивирован | konto gesperrt | postfach gesperrt | deaktiviert | cuenta suspendida |
    cuenta desactivada | cuenta deshabilitada | compte désactivé | compte suspendu | désactivée |
    conta suspensa | conta desativada | 停用 | 冻结 | 凍結 | 禁用 | 利用停止
";

/// No room.
pub(super) const FULL: &str = "
    ist voll | zuviele mails | zu viele mails | demasiados mensajes | trop de messages en attente | over its limit | storage full |
    enough space | exceeded the local limit | number of messages in recipient | out of space | low on space |
    box is full | quota is full | account is full | would exceed mailbox | would exceed the quota |
    mailbox full | mailbox was full | mailbox's full | mailbox for user is full | full mailbox |
    mail box full | mailbox too full | inbox full | folder is full | mailbox_full | mailfull |
    over quota | overquota | over-quota | over the quota | over its quota | over the maximum |
    over the allowed quota | over his quota | over their quota | quota exceed | exceeded quota |
    exceeds quota | exceed quota | quota violation | quota full | disk quota | disk full | storage full |
    storage space | storage limit | storage quota | storage allocation | storage exceeded |
    exceeded storage | exceeded its storage | exceeding the storage | exceeded the storage |
    out of storage | no space left | not enough space | insufficient space | not enough storage |
    not enough disk | mailbox quota | mailbox has exceeded | mailbox exceeded | mailbox exceeds |
    exceeded the mailbox | exceeded mailbox | exceeds mailbox | exceeded their mailbox | mailbox limit |
    mailbox size | mailbox has reached | account full | user is over | user over | recipient over |
    quotaexceeded | account exceeded | account has exceeded | maildir over | exceeded the quota |
    quota for user | quota limit | quota error | usage limit | space limit | disk space |
    maximum allowed space | allotted space | too many messages in mailbox | mailbox cannot accept |
    no room in mailbox | has exhausted allowed storage | maximum storage | postfach voll |
    postfach ist voll | postfach des empfängers ist voll | speicherplatz | boite pleine | boîte pleine |
    boîte aux lettres est pleine | boite aux lettres est pleine | quota dépassé | buzón lleno |
    buzon lleno | buzón está lleno | cuota excedida | espacio insuficiente | cuota de | caixa cheia |
    caixa postal cheia | caixa de correio cheia | cota excedida | excedeu a quota | casella piena |
    casella è piena | postvak vol | mailbox vol | skrzynka pełna | przepełnion | przekroczon |
    переполнен | превышен | квот | kotası dol | kotası aş | posta kutusu dolu | penuh | postilaatikko |
    容量オーバー | 容量超過 | 容量を超 | 容量が | いっぱい | 一杯 | 容量不足 | 已满 | 已滿 | 空间不足 | 容量限制 | 超出 | 가득 | 용량 초과 | 용량이
";

/// Too much at the moment.
pub(super) const BUSY: &str = "
    receiving mail too quickly | receiving mail at a rate | too many messages to this recipient |
    recipient is receiving | recipient rate | exceeded the maximum number of messages it can receive |
    recipient has reached
";

/// Too big.
pub(super) const TOO_BIG: &str = "
    message exceeds | message is too long | message length | message larger than | larger than the | bigger than |
    message was larger | exceeds the maximum | exceeds maximum | exceeded maximum | exceed the size |
    exceeds the size | size exceeds | size limit | maximum message size | max message size |
    maximum size | oversize | over size | too large | too big | too much mail data | messagesize |
    size of the message | nachricht zu groß | ist zu groß | trop volumineux | trop grand |
    demasiado grande | muito grande | troppo grande | te groot | слишком большой | çok büyük |
    terlalu besar | サイズ超過 | サイズが大き | サイズ制限 | 过大 | 太大 | 過大
";

/// The recipient does not want it.
pub(super) const FILTER: &str = "
    recipient preferences | recipient's preferences | blocked by the recipient | blocked by recipient | recipient's mail rules |
    rejected by a remote mail server | automatically rejected | recipient refuses | refused by recipient | rejected by recipient |
    recipient's filter | recipient is not accepting | rejected by user | user filter | user's filter |
    user refused | filtered by | due to extended inactivity | refuses to accept mail | refuse to accept |
    does not want | doesn't want | not wish to receive | no accepting mail | mailbox protected | 受信拒否 |
    受信を拒否 | ドメイン指定 | 拒收
";
