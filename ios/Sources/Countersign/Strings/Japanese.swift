extension Word {
    /// Japanese.
    var japanese: String {
        switch self {
        case .promptEnrol: "この電話を{bank}に登録します"
        case .promptApprove: "{bank}からの依頼を承認します"
        case .requestTitle: "回答待ちの依頼があります"
        case .requestBody: "アプリを開いて内容を確認してください。"
        case .stateTitle: "この電話の登録状態が変わりました"
        case .stateBody: "アプリを開いて確認してください。"
        case .question: "承認しますか"
        case .approve: "承認する"
        case .deny: "拒否する"
        case .denyNotMe: "拒否：自分の操作ではない"
        case .denyWrongDetails: "拒否：内容が違う"
        case .denyUnexpected: "拒否：心当たりがない"
        case .readAll: "最後までスクロールして、すべてお読みください。"
        case .valueMissing: "もう一方の画面に表示されている値を入力してください。"
        case .scan: "コードを読み取る"
        case .scanned: "読み取りました。もう一度読み取る"
        case .scanFirst: "もう一方の画面に表示されているコードを読み取ってください。"
        case .scanImpossible: "このアプリではコードを読み取れません。拒否のみ可能です。"
        case .notTheCode: "もう一方の画面のコードではありません。その画面のコードを読み取ってください。"
        case .callActive:
            "通話中です。電話を切ってから、依頼をもう一度確認してください。銀行が通話中に承認を求めることはありません。"
        case .screenShared: "画面が録画または共有されています。終了してから、依頼をもう一度確認してください。"
        case .callWarning: "通話中です。銀行が通話中に承認を求めることはありません。"
        case .notApprovable: "この依頼は安全に表示できません。拒否のみ可能です。"
        case .working: "回答を送信しています…"
        case .approved: "承認しました"
        case .denied: "拒否しました"
        case .queued: "回答はこの電話に保存されていますが、まだ確認されていません。接続でき次第送信されます。"
        case .bindingMismatch: "値が違います。依頼は終了しました。"
        case .expired: "依頼の有効期限が切れました。"
        case .alreadyDecided: "この依頼は、この電話または別の電話で回答済みです。"
        case .cancelled: "依頼は取り消されました。"
        case .policy: "銀行がこの回答を受け付けませんでした。"
        case .promptEnded: "本人確認ができませんでした。何も承認されていません。もう一度お試しください。"
        case .keyInvalidated: "この電話のFace IDまたはTouch IDが変更されました。銀行で本人確認を行うか、この電話を再登録してください。"
        case .keyMissing: "この電話の鍵が失われました。この電話を再登録してください。"
        case .tryAgain: "処理できませんでした。何も承認されていません。もう一度お試しください。"
        }
    }
}
