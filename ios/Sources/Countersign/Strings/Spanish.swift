extension ScreenText {
    /// The Spanish text.
    var spanish: String {
        switch self {
        case .promptEnrol: "Añadir este teléfono a {bank}"
        case .promptApprove: "Aprobar la solicitud de {bank}"
        case .promptReplaceKeys: "Sustituir las claves de {bank}"
        case .requestTitle: "Tiene una nueva solicitud"
        case .requestBody: "Abra la aplicación para leerla."
        case .enrolmentTitle: "El estado de este teléfono ha cambiado"
        case .enrolmentBody: "Abra la aplicación para ver los detalles."
        case .question: "¿Aprobar esta solicitud?"
        case .approve: "Aprobar"
        case .deny: "Rechazar"
        case .denyNotMe: "Rechazar: no he sido yo"
        case .denyWrongDetails: "Rechazar: los datos son incorrectos"
        case .denyUnexpected: "Rechazar: no lo esperaba"
        case .readEverything: "Desplácese hasta el final y léalo todo primero."
        case .enterCode: "Introduzca el código que muestra la otra pantalla."
        case .chooseCode: "Elija el código que muestra la otra pantalla."
        case .scan: "Escanear el código"
        case .scanAgain: "Código escaneado. Escanear de nuevo"
        case .scanFirst: "Escanee el código que muestra la otra pantalla."
        case .scannerMissing: "Esta aplicación no puede escanear códigos. Solo puede rechazar esta solicitud."
        case .wrongCode: "Es otro código. Escanee el código que muestra la otra pantalla."
        case .callActive:
            "Tiene una llamada en curso. Cuelgue y vuelva a leer la solicitud. Su banco nunca le pide que apruebe una solicitud durante una llamada."
        case .screenShared: "Su pantalla se está grabando o compartiendo. Deténgalo y vuelva a leer la solicitud."
        case .callWarning:
            "Esta solicitud estuvo abierta durante una llamada. Su banco nunca le pide que apruebe una solicitud durante una llamada."
        case .notApprovable: "Esta solicitud no se puede mostrar de forma segura. Solo puede rechazarla."
        case .appOutdated:
            "Su banco exige una versión más reciente de esta aplicación. Actualícela para aprobar. Hasta entonces solo puede rechazar."
        case .sending: "Enviando su decisión…"
        case .approved: "Aprobado"
        case .denied: "Rechazado"
        case .queued:
            "Su decisión está guardada en este teléfono y aún no está confirmada. Se enviará en cuanto haya conexión."
        case .unconfirmed:
            "Su banco no ha confirmado su decisión. Está guardada en este teléfono y se enviará de nuevo."
        case .bindingMismatch: "El código era incorrecto. La solicitud ha terminado y no se ha aprobado nada."
        case .expired: "Esta solicitud ha caducado."
        case .alreadyDecided: "Esta solicitud ya se ha respondido, aquí o en otro teléfono."
        case .withdrawn: "Esta solicitud se ha retirado."
        case .notAccepted: "Su banco no ha aceptado esta decisión. No se ha aprobado nada."
        case .notVerified: "No se ha confirmado su identidad. No se ha aprobado nada. Inténtelo de nuevo."
        case .keyInvalidated:
            "Face ID o Touch ID ha cambiado en este teléfono. Confirme su identidad con su banco o añada de nuevo este teléfono."
        case .keyMissing: "Falta la clave de este teléfono. Añada de nuevo este teléfono."
        case .phoneLocked: "Desbloquee su teléfono e inténtelo de nuevo."
        case .phoneNotActive:
            "Este teléfono no puede aprobar solicitudes en este momento. Póngase en contacto con su banco."
        case .tryAgain: "Se ha producido un error. No se ha aprobado nada. Inténtelo de nuevo."
        }
    }
}
