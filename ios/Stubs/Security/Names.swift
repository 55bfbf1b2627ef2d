// Names of attributes, values and statuses.

/// What kind of item.
public let kSecClass = CFString("class")
/// A password.
public let kSecClassGenericPassword = CFString("genp")
/// A key.
public let kSecClassKey = CFString("keys")
/// Whose password.
public let kSecAttrAccount = CFString("acct")
/// Which password.
public let kSecAttrService = CFString("svce")
/// Who may read it.
public let kSecAttrAccessGroup = CFString("agrp")
/// When it may be read.
public let kSecAttrAccessible = CFString("pdmn")
/// When the phone was unlocked since it started; on this phone only.
public let kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly = CFString("cku")
/// Who may use it.
public let kSecAttrAccessControl = CFString("accc")
/// The name of a key.
public let kSecAttrApplicationTag = CFString("atag")
/// Public, private or symmetric.
public let kSecAttrKeyClass = CFString("kcls")
/// Public.
public let kSecAttrKeyClassPublic = CFString("0")
/// Private.
public let kSecAttrKeyClassPrivate = CFString("1")
/// Which algorithm.
public let kSecAttrKeyType = CFString("type")
/// On an elliptic curve over a prime field.
public let kSecAttrKeyTypeECSECPrimeRandom = CFString("73")
/// How long.
public let kSecAttrKeySizeInBits = CFString("bsiz")
/// Whether it is kept.
public let kSecAttrIsPermanent = CFString("perm")
/// Where it lives.
public let kSecAttrTokenID = CFString("tkid")
/// In the Secure Enclave.
public let kSecAttrTokenIDSecureEnclave = CFString("com.apple.setoken")
/// Whether it may leave in a backup to iCloud.
public let kSecAttrSynchronizable = CFString("sync")
/// The attributes of the private half.
public let kSecPrivateKeyAttrs = CFString("private")
/// The content.
public let kSecValueData = CFString("v_Data")
/// Give the content.
public let kSecReturnData = CFString("r_Data")
/// Give a reference.
public let kSecReturnRef = CFString("r_Ref")
/// How many.
public let kSecMatchLimit = CFString("m_Limit")
/// One.
public let kSecMatchLimitOne = CFString("m_LimitOne")
/// The context whose prompt is shown.
public let kSecUseAuthenticationContext = CFString("u_AuthCtx")
/// The keychain of iOS, also on a Mac.
public let kSecUseDataProtectionKeychain = CFString("u_DataProtection")

/// Done.
public let errSecSuccess: OSStatus = 0
/// A wrong argument.
public let errSecParam: OSStatus = -50
/// The user closed the prompt.
public let errSecUserCanceled: OSStatus = -128
/// No keychain.
public let errSecNotAvailable: OSStatus = -25291
/// The user was not recognised.
public let errSecAuthFailed: OSStatus = -25293
/// There is one already.
public let errSecDuplicateItem: OSStatus = -25299
/// There is none.
public let errSecItemNotFound: OSStatus = -25300
/// The phone is locked.
public let errSecInteractionNotAllowed: OSStatus = -25308
