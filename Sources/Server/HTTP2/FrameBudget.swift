// SPDX-License-Identifier: Apache-2.0

#if HTTP2
/// Counts the frames of a client that cost it less than us, beside those that NIO's handler counts (resets, stream
/// errors, PING, SETTINGS, PRIORITY, empty DATA, CONTINUATION).
struct FrameBudget {
    /// Why a connection is ended with ENHANCE_YOUR_CALM.
    enum Excess: String {
        case windowUpdates = "too many WINDOW_UPDATE frames that nothing was sent for"
        case unknownFrames = "too many frames of unknown types"
        case refusedStreams = "too many streams that were refused"
        case unreadFrames = "too many DATA frames that the application has not read"
    }

    private let limits: ServerConfiguration.HTTP2Limits
    private var windowUpdates = 0
    private var unknownFrames = 0
    private var refusedStreams = 0
    private var unreadFrames = 0

    init(_ limits: ServerConfiguration.HTTP2Limits) {
        self.limits = limits
    }

    /// Counts a frame of the client.
    mutating func received(_ frame: FrameHeader) -> Excess? {
        switch frame.kind {
        case .headers:
            // A stream is work of its own, and limited elsewhere; each may come with a few frames beside it.
            unknownFrames = max(0, unknownFrames - 8)
            windowUpdates = max(0, windowUpdates - 8)
        case .data:
            unreadFrames += 1
            if unreadFrames > limits.unreadFrames { return .unreadFrames }
        case .windowUpdate:
            windowUpdates += 1
            if windowUpdates > limits.idleFrames { return .windowUpdates }
        case nil:
            unknownFrames += 1
            if unknownFrames > limits.idleFrames { return .unknownFrames }
        default:
            break
        }
        return nil
    }

    /// Counts a stream over the limit.
    mutating func refused() -> Excess? {
        refusedStreams += 1
        return refusedStreams > limits.idleFrames ? .refusedStreams : nil
    }

    /// DATA frames went to the application, or away with their stream.
    mutating func read(_ count: Int) {
        unreadFrames -= count
    }

    /// A DATA frame was sent: the client may open two windows for it.
    mutating func sentData() {
        windowUpdates = max(0, windowUpdates - 2)
    }
}
#endif
