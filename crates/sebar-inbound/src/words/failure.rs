//! How a mail says that another was not delivered.

use std::sync::LazyLock;

use super::Phrases;

/// Subjects of bounces.
pub(crate) static SUBJECT: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new("
    undeliver | undelivr | non-deliver | nondeliver | non deliver | not deliver | ndn: | ndr: |
    delivery fail | delivery error | delivery notification | delivery status | delivery report |
    delivery problem | failed delivery | failure delivery | failure to deliver | failed to deliver |
    deliver fail | delivery attempt | delivery has failed | failure notice | failure notification |
    returned mail | return mail | mail returned | returned message | message returned |
    returned to sender | return to sender | returned email | returned e-mail | mail error | mail fail |
    message error | mail delivery | mail system error | message failure | message failed |
    unable to deliver | couldn't be delivered | could not be delivered | couldn't deliver |
    cannot be delivered | can't be delivered | unable to send | not be sent | user unknown |
    unknown user | unknown recipient | no such user | address error | bounced mail | bounced message |
    bounce: | message bounced | mail bounced | rejected mail | mail rejected | message rejected |
    message refused | mail blocked | message blocked | blocked message | delivery blocked |
    rejected posting | message status | notification d'état | mailbox full | mailbox exceeded |
    recipient unknown | wrong address | delivery rejected | unzustellbar | nicht zugestellt |
    nicht zustellbar | zustellung fehl | zustellung nicht | zustellungsbenachrichtigung |
    übermittlungsbericht | zustellfehler | fehler bei der zustellung | fehlgeschlagen | non remis |
    non distribu | non délivr | non-remise | échec de | echec de | avis de non | retour de message |
    n'a pas pu être | notification de l'état | message retourné | impossible de remettre |
    no se puede entregar | no se pudo entregar | no se ha podido entregar | no entregado |
    correo devuelto | mensaje devuelto | fallo en la entrega | fallo de entrega | error de entrega |
    error en la entrega | notificación del estado | no entregable | devolución | não entregue |
    nao entregue | não pôde ser entregue | não foi entregue | falha na entrega | falha de entrega |
    erro na entrega | devolvid | notificação de status | não entregável | não é possível entregar |
    mancata consegna | mancato recapito | non recapitabil | non consegnat | impossibile recapitare |
    errore di consegna | notifica dello stato | errore nella consegna | notifica di errore |
    onbestelbaar | niet bezorgd | niet afgeleverd | kan niet worden | niet verzonden | bezorgfout |
    aflevering mislukt | olevererbar | kan inte levereras | kunde inte levereras | ej levererat |
    kan ikke leveres | kunne ikke leveres | ikke leveret | ikke levert | ikke-leverbar | uleverbar |
    ei voitu toimittaa | toimitus epäonnistui | ei voi toimittaa | toimittamatta | nie można dostarczyć |
    niedostarcz | nie dostarczono | nie została dostarczona | zwrot | nedoruč | nelze doručit |
    nie je možné doručiť | kézbesíthetetlen | nem kézbesíthető | sikertelen | nelivrat | nu a putut fi |
    не доставлен | недоставлен | невозможно доставить | не удалось доставить | не может быть доставлен |
    ошибка доставки | сбой доставки | возврат | недоставка | δεν ήταν δυνατή | αποτυχία παράδοσης |
    teslim edilemedi | teslim edilemiyor | iletilemedi | teslim hatası | gönderilemedi | gagal terkirim |
    gagal dikirim | tidak terkirim | tidak dapat dikirim | tidak dapat terkirim | pengiriman gagal |
    kegagalan pengiriman | tidak terhantar | gagal dihantar | không thể gửi | không gửi được | 配信不能 |
    配信できません | 配信できなか | 配信エラー | 送信エラー | 送信できません | 送信できなか | エラーメール | 未配信 | 未達 | 不達 | 配達不能 | 配信失敗 | 送信失敗 |
    届きません | 返送 | 配送エラー | 配信に失敗 | 配信状態 | 送信に失敗 | メールエラー | 退信 | 退件 | 投递失败 | 无法投递 | 無法投遞 | 无法送达 | 無法傳遞 |
    未送达 | 未传递 | 未能送达 | 發送失敗 | 发送失败 | 无法传递 | 传递失败 | 無法送達 | 未傳遞 | 投遞失敗 | 退回 | 배달 실패 | 배달되지 | 전송 실패 | 반송 |
    전송실패 | 전달되지 | 발송실패 | לא ניתן למסור | תקלה במסירת | لم يتم التسليم | تعذر التسليم | تعذر تسليم
")
});

/// What bounces say to people.
pub(crate) static BODY: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new("
    could not be delivered | couldn't be delivered | could not deliver | couldn't deliver |
    unable to deliver | cannot be delivered | can not be delivered | can't be delivered | cannot deliver |
    can't deliver | was not delivered | wasn't delivered | were not delivered | not been delivered |
    wasn't able to deliver | not able to deliver | delivery failed | delivery failure |
    delivery has failed | delivery to the following | failed to deliver | failed delivery |
    failure to deliver | failed permanently | delivery to these recipients | delivery error |
    problem delivering | error while delivering | trouble delivering | undeliverable | undelivered |
    unsuccessful | not deliverable | non-deliverable | was bounced | bounced back | has bounced |
    message bounced | returned to sender | returned to you | being returned | has been returned |
    is returned | returning message | message returned | returning it | returning your | returned mail |
    returned below | your message to | did not reach | couldn't reach | could not reach |
    unable to reach | could not be sent | couldn't be sent | can not be sent | unable to send |
    could not send | cannot send | was not sent | message not sent | mail not sent | permanent error |
    fatal error | transcript of session | has been rejected | was rejected | been refused | was refused |
    been blocked | was blocked | message refused | rejected your | rejected the | not accepted |
    could not be processed | unable to process | cannot accept | not be forwarded | could not forward |
    unable to forward | unable to relay | user unknown | unknown user | no such user | user not found |
    user doesn't | does not exist | doesn't exist | no mailbox here | recipient not found |
    not listed in | address is unknown | unknown address | mailbox unavailable | unknown recipient |
    unknown local | unroutable | unrouteable | mailbox is full | mailbox full | over quota |
    quota exceeded | exceeded the quota | exceeds the quota | invalid recipient | invalid address |
    recipient rejected | host unknown | host not found | unknown host | unknown domain | giving up |
    gave up on | cannot find this person | quarantined | not authorized to send | not allowed to post |
    not allowed to send | the following address | following recipient | following destination |
    addresses had | failed address | failed recipient | problems with | nondelivery | non-delivery |
    delivery status notification | error transferring | failed to send | error occurred while |
    smtp error | remote host said | remote server | nicht zugestellt | nicht zustellbar | unzustellbar |
    nicht übermittelt | nicht ausgeliefert | nicht weitergeleitet | zustellung fehlgeschlagen |
    konnte nicht | konnten nicht | nicht möglich | empfänger unbekannt | existiert nicht |
    adresse unbekannt | postfach voll | postfach ist voll | zurückgesandt | zurückgeschickt | abgelehnt |
    abgewiesen | n'a pas pu être | n'ont pas pu | n'a pas été | pas pu être remis | impossible de |
    échec de | n'existe pas | pas atteint | non distribu | non délivr | est inconnu | inconnue |
    boîte pleine | boite pleine | été refusé | est refusé | refusée | rejeté | no se pudo | no se ha podido | no se puede |
    no pudo ser | no ha sido entregado | no fue entregado | no fue posible | no existe | no entregado |
    ha sido rechazado | ha sido devuelto | buzón lleno | usuario desconocido | no llegó | no alcanzó |
    não pôde ser | não pode ser | não foi entregue | não foi possível | não existe | caixa cheia |
    caixa postal cheia | usuário desconhecido | foi rejeitad | foi devolvid | não chegou |
    falha na entrega | nao existe | nao foi | non è stato possibile | non è stato consegnato |
    non può essere | non ha raggiunto | impossibile | non esiste | casella piena | utente sconosciuto |
    non recapitat | non consegnat | respinto | rifiutat | mancata consegna | kon niet worden |
    kan niet worden | niet afgeleverd | niet bezorgd | bestaat niet | onbekende gebruiker | onbestelbaar |
    postvak vol | geweigerd | kunde inte levereras | kan inte levereras | kunde inte skickas |
    finns inte | okänd | kunne ikke leveres | kan ikke leveres | findes ikke | finnes ikke | ukendt |
    ukjent | ei voitu toimittaa | toimitus epäonnistui | tuntematon | nie może być dostarczona |
    nie może zostać dostarczona | nie mogła | nie została dostarczona | nie można dostarczyć | nie udało |
    nie istnieje | nieznany | skrzynka pełna | przepełnion | nebyla doručena | nelze doručit |
    neexistuje | nemohla být | nebylo možné | nem kézbesíthető | nem létezik | nem sikerült |
    не доставлен | не может быть доставлен | не удалось доставить | невозможно доставить |
    не было доставлено | не существует | переполнен | неизвестный пользователь | не найден |
    ошибка доставки | отклонен | не удалось отправить | teslim edilemedi | iletilemedi | gönderilemedi |
    bulunamadı | mevcut değil | kotası dol | gagal | tidak dapat dikirim | tidak terkirim |
    tidak dapat terkirim | tidak ditemukan | tidak ada | tidak dikenal | penuh | ditolak | 配信できません |
    配信できなか | 配信不能 | 配信されません | 配送できません | 配送できなか | 届けることができません | お届けできません | 届きません | 送信できません | 送信できなか |
    送信されません | エラーとなりました | 存在しません | 見つかりません | 見つからない | 不明です | 拒否されました | 宛先不明 | 配達できません | 失敗しました | 受信できません |
    受信を拒否 | 一杯です | いっぱい | 返送 | 无法送达 | 无法投递 | 未能送达 | 投递失败 | 发送失败 | 退信 | 退回 | 不存在 | 找不到 | 已满 | 无法找到 | 拒收 |
    被拒绝 | 無法投遞 | 無法送達 | 無法傳遞 | 傳遞失敗 | 無法寄 | 已滿 | 被拒絕 | 无法发送 | 未送达 | 无法传递 | 배달할 수 없 | 전달할 수 없 | 배달되지 |
    전달되지 | 전송 실패 | 전송하지 못 | 존재하지 않 | 반송 | 실패하였 | 실패했
")
});
