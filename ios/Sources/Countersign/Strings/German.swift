extension ScreenText {
    /// The German text.
    var german: String {
        switch self {
        case .promptEnrol: "Dieses Telefon bei {bank} hinzufügen"
        case .promptApprove: "Anfrage von {bank} bestätigen"
        case .promptReplaceKeys: "Schlüssel für {bank} ersetzen"
        case .requestTitle: "Sie haben eine neue Anfrage"
        case .requestBody: "Öffnen Sie die App, um sie zu lesen."
        case .enrolmentTitle: "Der Status dieses Telefons hat sich geändert"
        case .enrolmentBody: "Öffnen Sie die App für weitere Informationen."
        case .question: "Diese Anfrage bestätigen?"
        case .approve: "Bestätigen"
        case .deny: "Ablehnen"
        case .denyNotMe: "Ablehnen: Das war ich nicht"
        case .denyWrongDetails: "Ablehnen: Die Angaben stimmen nicht"
        case .denyUnexpected: "Ablehnen: Das habe ich nicht erwartet"
        case .readEverything: "Scrollen Sie bis zum Ende und lesen Sie zuerst alles."
        case .enterCode: "Geben Sie den Code vom anderen Bildschirm ein."
        case .chooseCode: "Wählen Sie den Code vom anderen Bildschirm aus."
        case .scan: "Code scannen"
        case .scanAgain: "Code gescannt. Erneut scannen"
        case .scanFirst: "Scannen Sie den Code auf dem anderen Bildschirm."
        case .scannerMissing: "Diese App kann keine Codes scannen. Sie können diese Anfrage nur ablehnen."
        case .wrongCode: "Das ist ein anderer Code. Scannen Sie den Code auf dem anderen Bildschirm."
        case .callActive:
            "Sie telefonieren gerade. Legen Sie auf und lesen Sie die Anfrage noch einmal. Ihre Bank bittet Sie nie während eines Anrufs um eine Bestätigung."
        case .screenShared:
            "Ihr Bildschirm wird aufgezeichnet oder geteilt. Beenden Sie dies und lesen Sie die Anfrage noch einmal."
        case .callWarning:
            "Diese Anfrage war während eines Anrufs geöffnet. Ihre Bank bittet Sie nie während eines Anrufs um eine Bestätigung."
        case .notApprovable: "Diese Anfrage kann nicht sicher angezeigt werden. Sie können sie nur ablehnen."
        case .appOutdated:
            "Ihre Bank verlangt eine neuere Version dieser App. Aktualisieren Sie die App, um zuzustimmen. Bis dahin können Sie nur ablehnen."
        case .sending: "Ihre Entscheidung wird gesendet …"
        case .approved: "Bestätigt"
        case .denied: "Abgelehnt"
        case .queued:
            "Ihre Entscheidung ist auf diesem Telefon gespeichert, aber noch nicht angekommen. Sie wird gesendet, sobald eine Verbindung besteht."
        case .unconfirmed:
            "Ihre Bank hat Ihre Entscheidung nicht bestätigt. Sie ist auf diesem Telefon gespeichert und wird erneut gesendet."
        case .bindingMismatch: "Der Code war falsch. Die Anfrage ist beendet und nichts wurde bestätigt."
        case .expired: "Diese Anfrage ist abgelaufen."
        case .alreadyDecided: "Über diese Anfrage wurde bereits entschieden, hier oder auf einem anderen Telefon."
        case .withdrawn: "Diese Anfrage wurde zurückgezogen."
        case .notAccepted: "Ihre Bank hat diese Entscheidung nicht angenommen. Nichts wurde bestätigt."
        case .notVerified:
            "Ihre Identität konnte nicht geprüft werden. Nichts wurde bestätigt. Versuchen Sie es noch einmal."
        case .keyInvalidated:
            "Face ID oder Touch ID wurde auf diesem Telefon geändert. Weisen Sie sich bei Ihrer Bank aus oder fügen Sie dieses Telefon erneut hinzu."
        case .keyMissing: "Der Schlüssel auf diesem Telefon fehlt. Fügen Sie dieses Telefon erneut hinzu."
        case .phoneLocked: "Entsperren Sie Ihr Telefon und versuchen Sie es noch einmal."
        case .phoneNotActive: "Dieses Telefon kann zurzeit keine Anfragen bestätigen. Wenden Sie sich an Ihre Bank."
        case .tryAgain: "Etwas ist schiefgelaufen. Nichts wurde bestätigt. Versuchen Sie es noch einmal."
        }
    }
}
