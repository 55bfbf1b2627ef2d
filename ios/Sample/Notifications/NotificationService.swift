import Countersign

/// The notification extension of the sample bank. The base class reads the app group from
/// Info.plist.
final class SampleNotificationService: NotificationService {}
