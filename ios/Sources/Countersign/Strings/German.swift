extension Word {
    /// German.
    var german: String {
        switch self {
        case .promptEnrol: "Dieses Telefon bei {bank} hinzufügen"
        case .promptApprove: "Anfrage von {bank} bestätigen"
        case .promptReplaceKeys: "Schlüssel für {bank} erneuern"
        case .requestTitle: "Eine Anfrage wartet auf Ihre Antwort"
        case .requestBody: "Öffnen Sie die App, um sie zu lesen."
        case .stateTitle: "Auf diesem Telefon hat sich etwas geändert"
        case .stateBody: "Öffnen Sie die App, um es zu sehen."
        case .question: "Bestätigen?"
        case .approve: "Bestätigen"
        case .deny: "Ablehnen"
        case .denyNotMe: "Ablehnen: Das war ich nicht"
        case .denyWrongDetails: "Ablehnen: Die Angaben stimmen nicht"
        case .denyUnexpected: "Ablehnen: Das habe ich nicht erwartet"
        case .readAll: "Lesen Sie zuerst alles: Blättern Sie bis zum Ende."
        case .valueMissing: "Geben Sie ein, was der andere Bildschirm zeigt."
        case .scan: "Code scannen"
        case .scanned: "Code gelesen. Erneut scannen"
        case .scanFirst: "Scannen Sie den Code, den der andere Bildschirm zeigt."
        case .scanImpossible: "Diese App kann keine Codes scannen. Sie können nur ablehnen."
        case .notTheCode: "Das ist nicht der Code des anderen Bildschirms. Scannen Sie jenen."
        case .callActive:
            "Sie telefonieren gerade. Legen Sie auf und sehen Sie sich die Anfrage noch einmal an: Ihre Bank bittet nie während eines Anrufs um eine Freigabe."
        case .screenShared:
            "Ihr Bildschirm wird aufgenommen oder geteilt. Beenden Sie das und sehen Sie sich die Anfrage erneut an."
        case .callWarning: "Sie telefonieren gerade. Ihre Bank bittet Sie nie während eines Anrufs um eine Bestätigung."
        case .notApprovable: "Diese Anfrage lässt sich nicht sicher anzeigen. Sie können sie nur ablehnen."
        case .working: "Ihre Antwort wird gesendet…"
        case .approved: "Bestätigt"
        case .denied: "Abgelehnt"
        case .queued:
            "Ihre Antwort liegt auf diesem Telefon und ist noch nicht angenommen. Sie wird gesendet, sobald eine Verbindung besteht."
        case .bindingMismatch: "Der Wert war falsch. Die Anfrage ist beendet."
        case .expired: "Zu spät: Die Anfrage ist abgelaufen."
        case .alreadyDecided: "Die Anfrage wurde schon beantwortet, hier oder auf einem anderen Telefon."
        case .cancelled: "Die Anfrage wurde zurückgenommen."
        case .policy: "Ihre Bank hat diese Antwort nicht angenommen."
        case .promptEnded: "Sie wurden nicht erkannt. Nichts wurde bestätigt; versuchen Sie es erneut."
        case .keyInvalidated:
            "Face ID oder Touch ID wurde auf diesem Telefon geändert. Weisen Sie sich bei Ihrer Bank aus oder fügen Sie dieses Telefon neu hinzu."
        case .keyMissing: "Der Schlüssel dieses Telefons ist verloren. Fügen Sie dieses Telefon neu hinzu."
        case .tryAgain: "Das ist nicht gelungen. Nichts wurde bestätigt; versuchen Sie es erneut."
        }
    }
}
