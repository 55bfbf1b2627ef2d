extension ScreenText {
    /// The German text.
    var german: String {
        switch self {
        case .promptEnrol: "Dieses Telefon bei {bank} hinzufügen"
        case .promptApprove: "Anfrage von {bank} bestätigen"
        case .promptReplaceKeys: "Sicherheitsschlüssel für {bank} ersetzen"
        case .requestTitle: "Sie haben eine neue Anfrage"
        case .requestBody: "Öffnen Sie die App, um sie zu prüfen."
        case .enrolmentTitle: "Der Status dieses Telefons hat sich geändert"
        case .enrolmentBody: "Öffnen Sie die App für weitere Informationen."
        case .question: "Diese Anfrage bestätigen?"
        case .approve: "Bestätigen"
        case .deny: "Ablehnen"
        case .denyNotMe: "Ablehnen: Das war ich nicht"
        case .denyWrongDetails: "Ablehnen: Die Angaben sind falsch"
        case .denyUnexpected: "Ablehnen: Damit habe ich nicht gerechnet"
        case .readEverything: "Bitte lesen Sie zuerst die ganze Anfrage. Blättern Sie bis zum Ende."
        case .enterValue: "Geben Sie den Wert ein, den der andere Bildschirm anzeigt."
        case .scan: "Code scannen"
        case .scanAgain: "Code gescannt. Erneut scannen"
        case .scanFirst: "Scannen Sie den Code, den der andere Bildschirm anzeigt."
        case .scannerMissing: "Diese App kann keine Codes scannen. Sie können diese Anfrage nur ablehnen."
        case .wrongCode: "Das ist ein anderer Code. Scannen Sie den Code, den der andere Bildschirm anzeigt."
        case .callActive:
            "Sie telefonieren gerade. Beenden Sie das Gespräch und prüfen Sie die Anfrage noch einmal. Ihre Bank bittet Sie nie während eines Anrufs um eine Bestätigung."
        case .screenShared:
            "Ihr Bildschirm wird aufgenommen oder geteilt. Beenden Sie dies und prüfen Sie die Anfrage noch einmal."
        case .callWarning:
            "Diese Anfrage war während eines Anrufs geöffnet. Ihre Bank bittet Sie nie während eines Anrufs um eine Bestätigung."
        case .notApprovable: "Diese Anfrage lässt sich nicht sicher anzeigen. Sie können sie nur ablehnen."
        case .sending: "Ihre Entscheidung wird gesendet…"
        case .approved: "Bestätigt"
        case .denied: "Abgelehnt"
        case .queued:
            "Ihre Entscheidung ist auf diesem Telefon gespeichert. Sie wird gesendet, sobald Sie online sind. Ihre Bank hat sie noch nicht bestätigt."
        case .bindingMismatch: "Der Wert war nicht richtig. Die Anfrage wurde geschlossen, es wurde nichts bestätigt."
        case .expired: "Diese Anfrage ist abgelaufen."
        case .alreadyDecided: "Diese Anfrage wurde bereits auf diesem oder einem anderen Telefon beantwortet."
        case .withdrawn: "Diese Anfrage wurde zurückgezogen."
        case .notAccepted: "Ihre Bank hat Ihre Entscheidung nicht angenommen. Wenden Sie sich an Ihre Bank."
        case .notVerified: "Ihre Identität konnte nicht geprüft werden. Es wurde nichts bestätigt. Bitte versuchen Sie es erneut."
        case .keyInvalidated:
            "Face ID oder Touch ID wurde auf diesem Telefon geändert. Weisen Sie sich bei Ihrer Bank aus oder fügen Sie dieses Telefon neu hinzu."
        case .keyMissing: "Der Sicherheitsschlüssel dieses Telefons fehlt. Fügen Sie dieses Telefon neu hinzu."
        case .tryAgain: "Ein Fehler ist aufgetreten. Es wurde nichts bestätigt. Bitte versuchen Sie es erneut."
        }
    }
}
