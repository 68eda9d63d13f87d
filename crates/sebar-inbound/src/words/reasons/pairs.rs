//! What is said of whom: a noun and a predicate in one sentence, in any order and language. It tells
//! wordings that no list of phrases foresees.

use std::sync::LazyLock;

use sebar_domain::BounceReason::{self, MailboxDisabled, MailboxFull, RecipientUnknown, SenderRefused};

use crate::words::Phrases;

/// Who or what a sentence may be about, and what is said of it.
struct Pair {
    reason: BounceReason,
    noun: Phrases,
    says: Phrases,
    /// What else the sentence may be about.
    unless: Phrases,
}

/// What the sentences of a text in the form of [`crate::words::normal`] say; the first pair decides.
pub(crate) fn read(text: &str) -> Option<BounceReason> {
    let sentences: Vec<&str> = text
        .split(['。', '，', '；', ';', '!', '|'])
        .flat_map(|part| part.split(". "))
        .filter(|sentence| !HEDGE.stand_in(sentence))
        .collect();
    let stands = |pair: &&Pair| {
        sentences.iter().any(|sentence| {
            pair.noun.stand_in(sentence) && pair.says.stand_in(sentence) && !pair.unless.stand_in(sentence)
        })
    };
    PAIRS.iter().find(stands).map(|pair| pair.reason)
}

/// Whether a text speaks of whoever sends, or of the host that does, and of no recipient.
pub(crate) fn is_about_sender(text: &str) -> bool {
    SENDER.stand_in(text) && !ADDRESSEE.stand_in(text)
}

/// Whether a text says that it is only so for the time being.
pub(crate) fn is_passing(text: &str) -> bool {
    PASSING.stand_in(text)
}

/// Whether a text names the host that sends.
pub(crate) fn is_about_host(text: &str) -> bool {
    HOST.stand_in(text)
}

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let pair = |reason, noun, says| Pair {
        reason,
        noun: Phrases::new(noun),
        says: Phrases::new(says),
        unless: Phrases::new(""),
    };
    vec![
        pair(SenderRefused, SENDER_WORDS, REFUSED),
        pair(MailboxFull, ROOM, FULL),
        pair(MailboxDisabled, MAILBOX, DISABLED),
        pair(RecipientUnknown, MAILBOX, UNKNOWN),
        Pair { unless: Phrases::new(MESSAGE), ..pair(RecipientUnknown, MAILBOX, GONE) },
    ]
});

static SENDER: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(&format!("{SENDER_WORDS} | {HOST_WORDS}")));
static HOST: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(HOST_WORDS));
static ADDRESSEE: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(
        "recipient | user unknown | unknown user | no such user | rcpt to | addressee | destinat | empfänger |
         utilisateur | usuario | usuário | utente | получател | адресат | 收件 | 宛先 | 수신",
    )
});

static PASSING: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(
        "temporar | maintenance | try again | try later | retry later | vorübergehend | wartung | momentané |
         temporane | dočasn | tymczasow | временно | geçici | sementara | 一時 | 暂时 | 暫時 | 일시",
    )
});

/// Sentences that only suppose.
static HEDGE: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(
        "if the | if you | if this | may be | may have | might be | might have | possible reason | perhaps |
         please check | please verify | check the | check that | check whether | make sure | for example | such as | one of the following | could be | whether | either | falls | wenn sie | möglicherweise |
         peut-être | quizás | talvez | forse",
    )
});

const SENDER_WORDS: &str = "
    sender | return path | return-path | reverse-path | mail from | from address | from: address | from domain |
    your domain | your mx | your address | your email address | callout | callback | absender |
    expéditeur | remitente | remetente | mittente | afzender | avsändare | afsender | avsender | nadawc |
    odesílatel | odesilatel | feladó | expeditor | отправител | gönderen | pengirim | 送信者 | 差出人 | 发件人 |
    寄件者 | 寄件人 | 發件人 | 보낸 사람 | 발신자
";

const HOST_WORDS: &str = "
    helo | ehlo | reverse dns | ptr | your host | your server | your ip | your network | rfc-ignorant |
    rfc ignorant | working postmaster | your mail server
";

const REFUSED: &str = "
    refus | reject | denied | deny | block | not allowed | not permitted | not accept | unknown | invalid |
    not exist | not found | not valid | valid sender | not authori | unauthori | blacklist | listed | failed |
    abgelehnt | abgewiesen | gesperrt | verweigert | ungültig | unbekannt | interdit | bloqu | rejet | inconnu |
    rechaz | rejeit | autoris | autoriz | recusad | proibid | rifiut | bloccat | respint | geweigerd | geblokkeerd | nekad | spärrad |
    afvist | odrzuc | zablokowan | odmítnut | zamítnut | elutasít | отклон | заблокир | запрещ | отказ |
    reddedil | engellen | ditolak | diblokir | 拒否 | 拒绝 | 拒絕 | 拒收 | 차단 | 거부
";

const MAILBOX: &str = "
    recipient | mailbox | mail box | inbox | user | account | addressee | address | alias | nobody | customer |
    postfach | konto | benutzer | empfänger | adresse | boîte | compte | destinataire | utilisateur | buzón |
    casilla | cuenta | usuario | destinatario | dirección | caixa | a conta | conta d | conta s | usuário | destinatário | endereço |
    casella | account | utente | indirizzo | postvak | gebruiker | ontvanger | geadresseerde | adres |
    brevlåda | mottagar | mottaker | modtager | postkasse | postboks | bruker | skrzynk | adresat | odbiorc |
    użytkownik | schránk | účet | příjemce | uživatel | postafiók | fiók | címzett | felhasználó | căsuță |
    destinatar | utilizator | учетн | ящик | адрес | получател | аккаунт | пользовател | posta kutusu | hesap | hesab |
    alıcı | kullanıcı | adresi | kotak surat | kotak masuk | penerima | pengguna | akun | alamat |
    メールボックス | 受信者 | ユーザ | アカウント | 宛先 | アドレス | 邮箱 | 信箱 | 郵箱 | 收件人 | 收件者 | 用户 | 用戶 |
    账号 | 帐号 | 账户 | 帐户 | 地址 | 메일함 | 메일박스 | 수신자 | 사용자 | 계정 | 받는 사람 | 주소
";

const ROOM: &str = "
    mailbox | mail box | inbox | quota | storage | folder | maildir | space | account | user | postfach | konto |
    speicher | kontingent | boîte | espace | buzón | casilla | cuota | espacio | cuenta | caixa | cota | a conta | conta d | casella |
    postvak | brevlåda | postkasse | innboks | skrzynk | schránk | postafiók | fiók | căsuț | ящик | квот |
    posta kutusu | hesap | kotak surat | kotak masuk | メールボックス | 受信箱 | 邮箱 | 信箱 | 郵箱 | 邮件空间 | 메일함 |
    메일박스
";

const FULL: &str = "
    is full | are full | was full | too full | over quota | over its | over their | over his | exhausted |
    at capacity | no free | no space | no more space | out of space | limit exceeded | exceeded the limit |
    exceeded its | exceeded his | exceeded their | exceeds its | exceeded the allowed | exceeded its limit | reached its | reached the | reached his | zit vol |
    voll | erschöpft | überschr | überfüllt | pleine | plein | saturé | dépass | lleno | llena | superad | excedid | sobrepas |
    cheia | cheio | lotad | excedeu | esgotad | piena | pieno | esaurit | superat | is vol | overschreden |
    är full | er fuld | er full | overskred | överskrid | pełn | przepełn | przekrocz | je pln | překroč | megtelt |
    betelt | este plin | переполн | превыш | заполнен | dolu | doldu | kotası aş | kotayı aş | penuh | melebihi | いっぱい |
    一杯 | 超過 | 超えて | 已满 | 已滿 | 满了 | 超出 | 不足 | 가득 | 초과 | 부족
";

const DISABLED: &str = "
    disabled | deactivat | inactiv | not active | not activated | suspend | is locked | been locked | frozen |
    on hold | dormant | hibernat | is blocked | been blocked | temporarily closed | paused | quarantined |
    gesperrt | deaktiv | stillgelegt | desactiv | désactiv | inactif | suspend | bloqué | desabilit | inativ |
    inhabilit | bloquead | desativ | disattiv | disabilit | sospes | bloccat | uitgeschakeld | geblokkeerd |
    gedeactiveerd | inaktiv | spärrad | avstängd | sperret | spærret | zablokowan | nieaktywn | wyłączon |
    zawieszon | zablokován | zablokovan | letiltott | letiltva | felfüggeszt | заблокир | отключ | неактив |
    приостанов | devre dışı | askıya | pasif | dinonaktif | diblokir | ditangguhkan | tidak aktif | 停止 | 凍結 |
    ロック | 冻结 | 停用 | 禁用 | 锁定 | 封禁 | 休眠 | 정지 | 휴면 | 비활성
";

const UNKNOWN: &str = "
    unknown | not known | no such | nobody here | not exist | no longer | not found | can't find |
    cannot find | could not find | couldn't find | unable to find | not recogni | unrecogni | not valid |
    invalid | incorrect | not in use | retired | decommission | is gone | not registered | no figura | eingetragen | not listed | not assigned | unassigned | unbekannt | nicht bekannt |
    existiert | nicht gefunden | nicht mehr | ungültig | inconnu | n'existe | introuvable |
    plus valide | pas valide | invalide | incorrect | erroné | no existe | no es válid |
    no válid | inexist | desconocid | no encontr | dado de baja | não existe | não encontr |
    não foi encontr | desconhecid | inválid | não é válid | non esiste | non valid | non è valid |
    non trovat | non è stat | sconosciut | bestaat niet | onbekend | niet gevonden |
    ongeldig | opgeheven | finns inte | okänd | hittades inte | ogiltig | findes ikke |
    finnes ikke | ukendt | ukjent | ugyldig | nieznan | nie istnieje | nie znalez | nieprawidłow |
    neexist | neznám | nenalez | neplatn | zrušen | ismeretlen | nem létez | nem található |
    érvénytelen | nu există | necunoscut | invalid | не существ | неизвест | не найден | нет такого |
    недейств | не зарегистр | bulunam | geçersiz | mevcut değil | bilinmeyen | tidak ditemukan |
    tidak ada | tidak dikenal | tidak valid | tidak wujud | 存在しま | 存在しない | 不明 | 見つか | 不存在 |
    无此 | 無此 | 找不到 | 未找到 | 已注销 | 已註銷 | 有误 | 无效 | 존재하지 | 없는 사용자 | 없는 계정 | 찾을 수 없 | 탈퇴
";

/// Said of mailboxes as of messages.
const GONE: &str = "
    closed | deleted | removed | terminated | cancelled | canceled | gelöscht | aufgelöst | supprimé | fermé |
    eliminad | borrad | cerrad | excluíd | removid | encerrad | cancellat | eliminat | chius | verwijderd |
    raderad | borttag | slettet | nedlagt | usunięt | zamknięt | smazán | odstraněn | törölve | megszűnt |
    удален | закрыт | silin | kapatıl | dihapus | ditutup | 注销 | 註銷 | 删除 | 削除 | 解約 | 삭제
";

const MESSAGE: &str = "
    message | the mail | your mail | this mail | mail was | mail has | mail wurde | connection | attachment | file | session | queue | nachricht | anhang | mensaje | mensagem |
    messagg | votre courriel | bericht | meddelande | besked | melding | wiadomoś | zpráv | üzenet |
    сообщени | письм | соединени | ileti | pesan | メールは | メールが | 邮件 | 郵件 | 메일은 | 메일이
";
