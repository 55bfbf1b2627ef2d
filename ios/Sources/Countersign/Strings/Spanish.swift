extension ScreenText {
    /// The Spanish text.
    var spanish: String {
        switch self {
        case .promptEnrol: "Añadir este teléfono en {bank}"
        case .promptApprove: "Aprobar la solicitud de {bank}"
        case .promptReplaceKeys: "Sustituir las claves de seguridad de {bank}"
        case .requestTitle: "Tiene una nueva solicitud"
        case .requestBody: "Abra la aplicación para revisarla."
        case .enrolmentTitle: "El estado de este teléfono ha cambiado"
        case .enrolmentBody: "Abra la aplicación para ver los detalles."
        case .question: "¿Aprobar esta solicitud?"
        case .approve: "Aprobar"
        case .deny: "Rechazar"
        case .denyNotMe: "Rechazar: no fui yo"
        case .denyWrongDetails: "Rechazar: los datos son incorrectos"
        case .denyUnexpected: "Rechazar: no esperaba esta solicitud"
        case .readEverything: "Lea primero toda la solicitud. Desplácese hasta el final."
        case .enterValue: "Introduzca el valor que muestra la otra pantalla."
        case .scan: "Escanear el código"
        case .scanAgain: "Código escaneado. Escanear de nuevo"
        case .scanFirst: "Escanee el código que muestra la otra pantalla."
        case .scannerMissing: "Esta aplicación no puede escanear códigos. Solo puede rechazar esta solicitud."
        case .wrongCode: "Es un código distinto. Escanee el código que muestra la otra pantalla."
        case .callActive:
            "Está en una llamada. Termine la llamada y revise la solicitud de nuevo. Su banco nunca le pide que apruebe una solicitud durante una llamada."
        case .screenShared:
            "Su pantalla se está grabando o compartiendo. Deténgalo y revise la solicitud de nuevo."
        case .callWarning:
            "Esta solicitud estuvo abierta durante una llamada. Su banco nunca le pide que apruebe una solicitud durante una llamada."
        case .notApprovable: "Esta solicitud no se puede mostrar de forma segura. Solo puede rechazarla."
        case .sending: "Enviando su decisión…"
        case .approved: "Aprobada"
        case .denied: "Rechazada"
        case .queued:
            "Su decisión se ha guardado en este teléfono. Se enviará cuando tenga conexión. Su banco aún no la ha confirmado."
        case .bindingMismatch: "El valor no era correcto. La solicitud se ha cerrado y no se ha aprobado nada."
        case .expired: "Esta solicitud ha caducado."
        case .alreadyDecided: "Esta solicitud ya se respondió en este teléfono o en otro."
        case .withdrawn: "Esta solicitud se ha retirado."
        case .notAccepted: "Su banco no ha aceptado su decisión. Póngase en contacto con su banco."
        case .notVerified: "No se ha podido verificar su identidad. No se ha aprobado nada. Inténtelo de nuevo."
        case .keyInvalidated:
            "Face ID o Touch ID ha cambiado en este teléfono. Confirme su identidad con su banco o añada de nuevo este teléfono."
        case .keyMissing: "Falta la clave de seguridad de este teléfono. Añada de nuevo este teléfono."
        case .tryAgain: "Se ha producido un error. No se ha aprobado nada. Inténtelo de nuevo."
        }
    }
}
