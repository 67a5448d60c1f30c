// SPDX-License-Identifier: Apache-2.0

public import NIOCore

extension TLSHandler {
    /// How much ciphertext is gathered before it goes on: bounds the memory that one huge write needs twice.
    private static let outputChunk = 65_536

    /// Keeps plaintext for the next flush.
    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if phase == .closing || phase == .closed {
            promise?.fail(ChannelError.ioOnClosedChannel)
        } else if engine.isOutputClosed || outputCloseRequest != nil {
            promise?.fail(ChannelError.outputClosed)
        } else {
            writes.append(Self.unwrapOutboundIn(data), promise: promise)
        }
    }

    /// Encrypts what was written, once the handshake is done, and flushes.
    public func flush(context: ChannelHandlerContext) {
        writes.markFlushed()
        if phase == .open { encryptWrites(context) }
        needsFlush = false
        context.flush()
    }

    /// Sends close_notify, then closes: see the class.
    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (mode, phase) {
        case (.all, .open): closeAll(context, promise: promise)
        case (.output, .open): closeOutput(context, promise: promise)
        case (.output, .handshaking) where outputCloseRequest == nil: outputCloseRequest = .some(promise)
        case (.output, .handshaking), (.output, .closing): promise?.fail(ChannelError.outputClosed)
        case (.all, .closing):
            finishClose(context)
            // The channel's second close: it fails if the first is done already, which is not what was asked.
            context.channel.isActive ? context.close(promise: promise) : promise?.succeed()
        case (.all, _):
            phase = .closed
            stopTimeout()
            failWrites(ChannelError.ioOnClosedChannel)
            context.close(mode: .all, promise: promise)
        default: context.close(mode: mode, promise: promise)
        }
    }

    func closeAll(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        phase = .closing
        failWrites(ChannelError.ioOnClosedChannel)
        engine.closeOutput()
        guard let alert = engine.takeOutput() else {
            phase = .closed
            return context.close(mode: .all, promise: promise)
        }
        closePromise = promise
        timeout = context.eventLoop.assumeIsolated().scheduleTask(in: closeTimeout) { [self] in
            finishClose(context)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in finishClose(context) }
        context.write(Self.wrapOutboundOut(alert), promise: written)
        needsFlush = false
        context.flush()
    }

    func takeClosePromise() -> EventLoopPromise<Void>? {
        defer { closePromise = nil }
        return closePromise
    }

    private func finishClose(_ context: ChannelHandlerContext) {
        guard phase == .closing else { return }
        phase = .closed
        stopTimeout()
        guard let promise = takeClosePromise() else { return context.close(mode: .all, promise: nil) }
        let closed = context.eventLoop.makePromise(of: Void.self)
        // It fails where something else has closed the channel meanwhile; then it is closed as was asked for.
        closed.futureResult.whenComplete { _ in promise.succeed() }
        context.close(mode: .all, promise: closed)
    }

    func closeOutput(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        guard !engine.isOutputClosed else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        engine.closeOutput()
        failWrites(ChannelError.outputClosed)
        sendOutput(context)
        needsFlush = false
        context.flush()
        if engine.isInputClosed {
            phase = .closed
            context.close(mode: .all, promise: promise)
        } else {
            context.close(mode: .output, promise: promise)
        }
    }

    /// Encrypts all flushed writes. Does not flush.
    func encryptWrites(_ context: ChannelHandlerContext) {
        // A promise that fails in here may write and flush again: the loop that runs already takes that along.
        guard !isEncrypting else { return }
        isEncrypting = true
        defer { isEncrypting = false }
        var pending: EventLoopPromise<Void>?
        while let batch = writes.nextBatch() {
            do throws(TLSError) {
                try encrypt(batch.data, context)
            } catch {
                pending?.fail(error)
                batch.promise?.fail(error)
                return fail(context, error)
            }
            if let pending, let next = batch.promise { next.futureResult.cascade(to: pending) }
            pending = batch.promise ?? pending
        }
        if let ciphertext = engine.takeOutput() {
            context.write(Self.wrapOutboundOut(ciphertext), promise: pending)
        } else {
            // Only empty writes, or all has gone on in chunks: an empty buffer keeps the promise in order.
            if let pending { context.write(Self.wrapOutboundOut(ByteBuffer()), promise: pending) }
        }
    }

    private func encrypt(_ plaintext: ByteBuffer, _ context: ChannelHandlerContext) throws(TLSError) {
        var rest = plaintext
        while let chunk = rest.readSlice(length: min(rest.readableBytes, Self.outputChunk)), chunk.readableBytes > 0 {
            try engine.write(chunk)
            if engine.outputByteCount >= Self.outputChunk { sendOutput(context) }
        }
    }

    /// Passes on what the engine has ready. Does not flush.
    func sendOutput(_ context: ChannelHandlerContext) {
        guard let ciphertext = engine.takeOutput() else { return }
        needsFlush = true
        context.write(Self.wrapOutboundOut(ciphertext), promise: nil)
    }

    func flushOutput(_ context: ChannelHandlerContext) {
        guard needsFlush else { return }
        needsFlush = false
        context.flush()
    }

    func failWrites(_ error: any Error) {
        for promise in writes.removeAll() { promise.fail(error) }
        if let request = outputCloseRequest {
            outputCloseRequest = nil
            request?.fail(error)
        }
    }
}
