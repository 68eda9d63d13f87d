//! Words about the address: nobody is there.

/// No such domain, or none that takes mail.
pub(super) const DOMAIN_UNKNOWN: &str = "
    dns domain | dns error | no relevant answers | find a mail exchanger | find any mail exchanger |
    domain not in use | couldn't find the domain | host unknown | unknown host | no such host |
    host not found | hostname not found | domain not found | no such domain | unknown domain |
    domain unknown | bad destination host | bad destination system | couldn't find any host |
    could not find any host | couldn't find a host | cannot find any host | name or service not known |
    nodename nor servname | nxdomain | null mx | nullmx | no mx record | no mail exchange | has no mx |
    mx record not found | unrouteable mail domain | unrouteable domain | unroutable domain |
    dns hard error | domain does not exist | domain doesn't exist | domain does not accept |
    non-existent domain | nonexistent domain | non-existent hosts | no dns | unable to resolve |
    could not be resolved | cannot resolve | can't resolve | cannot be resolved | name service error | no mail servers |
    no data record | illegal host/domain | invalid domain | domain name not found |
    does not exist on dns | domain has no | unknown mail domain
";

/// Somewhere else now.
pub(super) const RECIPIENT_MOVED: &str = "
    user has moved | has moved to | mailbox has moved | mailbox moved | recipient has moved |
    please try @ | address has changed | has changed his address | has changed address | new address is |
    new e-mail address | user not local; please try | please forward to | relocated
";

/// Nobody is there.
pub(super) const RECIPIENT_UNKNOWN: &str = "
    account terminated | address retired | address has been retired | account permanently | addresses were unknown |
    permanently closed | deactivated permanently | account has been terminated | account has been deleted | account was deleted |
    mailbox has been deleted | mailbox was deleted | user has been deleted | user was deleted | address has been removed |
    account has been removed | mailbox has been removed | user has been removed | account has been cancelled |
    adresse invalide | destinataire invalide | utilisateur invalide |
    no mail box | addressee unknown | unknown addressee | unknown customer | recipient is invalid |
    check if address | check if the address | validate recipient | name & address book |
    deactivated mailbox | not an active address | no user here | user not here | there is no user |
    there is no such | is not a mailbox | is not a recipient | is not a registered | left the company | has left the |
    address is not valid | not in the directory | not in directory | user unknown | unknown user |
    recipient unknown | unknown recipient | unknown mailbox | mailbox unknown | unknown address |
    address unknown | unknown local | unknown account | account unknown | unknown to address |
    unknown alias | unknown virtual | unknown person | unknown e-mail | no such user |
    no such recipient | no such address | no such mailbox | no such account | no such person |
    no such email | no such local | no such id | no such name | no such alias | no such unknown |
    no this user | nosuchuser | no account | no mailbox | no local mailbox | no recipient |
    no valid recipient | no valid cert | no longer here | no longer works | no longer employed |
    no longer valid | no longer available | no longer in use | no longer exist | no longer accept |
    no longer with | no longer at this | user not found | user not known | user doesn't have |
    user isn't | not exist | doesn't exist | dosn't exist | doesnt exist |
    not found by smtp address lookup | mailbox not found | mailbox does not | mailbox not available |
    mailbox unavailable | account not found | account does not | address not found | address does not |
    address wasn't found | couldn't be found | could not be found | wasn't found at | was not found |
    cannot be found | can't be found | recipient not found | recipnotfound | recipientnotfound |
    recipient does not | recipient doesn't | recipient was not | recipient is not | recipient no longer |
    recipient no found | name not found | not listed in | is not listed | isn't listed |
    not found in lookup | invalid user | invalid recipient | invalid mailbox | invalid address |
    invalid account | invalid final delivery | invalid local | illegal alias | illegal user |
    bad destination mailbox | bad recipient | bad address | badrcptto | badrecipient |
    undeliverable address | undeliverable to this address | non-existent | nonexistent | non existent |
    non-existing | not a valid | not valid user | not valid recipient | not a known | not known at |
    not known here | not our customer | not a user | not a local | not local user | isn't a valid |
    is unknown | isn't here | can't verify recipient | cannot verify recipient | recipient verify |
    the recipient cannot be verified | unrouteable address | unroutable address | unrouteable recipient |
    unable to find recipient | unable to find user | unable to locate user | cannot find the recipient |
    doesn't have a | does not have a | don't have a | do not have a | user account is unavailable |
    not handled here | e-mail address you entered couldn't | account has been closed | account closed |
    account is closed | mailbox closed |
      discontinued |  unknown or invalid |
         not on the system |
    resolver.adr.extreecipnotfound | empfänger unbekannt | existiert nicht | unbekannter benutzer |
    unbekannte adresse | adresse unbekannt | ist unbekannt | nicht gefunden | kein postfach |
    nicht bekannt | utilisateur inconnu | destinataire inconnu | adresse inconnue | est inconnu |
    n'existe pas |  introuvable | n'est pas valide | inexistant | no existe | no encontrado |
    no se encontró | no se ha encontrado | desconocid | inexistente | não existe | nao existe |
    não encontrad | nao encontrad | desconhecid | sconosciut | non esiste | non trovat | inesistente |
    onbekend | bestaat niet | niet gevonden | nie istnieje | nieznany | nie znaleziono | neexistuje |
    neznám | nem létezik | ismeretlen | nu există | не существует | неизвестн | не найден | нет такого |
    не зарегистрирован | bulunamadı | mevcut değil | bilinmeyen | geçersiz | tidak ditemukan |
    tidak dikenal | tidak ada | tidak wujud | finns inte | okänd | findes ikke | finnes ikke | ukendt |
    ukjent | tuntematon | ei löydy | ei ole olemassa | δεν υπάρχει | άγνωστος | 存在しません | 存在しない | 見つかりません |
    見つからない | 不明です | 宛先不明 | あて先不明 | ユーザが不明 | ユーザー不明 | 該当するユーザ | 使われておりません | 使われていません | 間違い | 不存在 | 找不到 |
    无此用户 | 無此用戶 | 用户不 | 用戶不 | 未找到 | 无效 | 無效 | 존재하지 않 | 없는 사용자 | 없습니다 | 찾을 수 없
";

/// Words for the recipient.
pub(super) const RECIPIENT: &str = "
    recipient | mailbox | mail box | user | address | account | alias | name | rcpt | person | addressee |
    destinat | empfänger | benutzer | postfach | usuario | usuário | utente | gebruiker | utilisateur | compte |
    użytkownik | adres | пользовател | адресат | ящик | kullanıcı | alıcı | pengguna | penerima | ユーザ | 宛先 |
    メールボックス | アドレス | 用户 | 收件 | 地址 | 邮箱 | 사용자 | 수신
";
