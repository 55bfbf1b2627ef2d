import Countersign

/// The extension of the sample bank: everything is in the base class, which finds the app group in Info.plist.
final class SampleNotificationService: NotificationService {}
