internal import EmbFormat
internal import Synchronization

/// Decoded blocks of a store's compressed columns. To make room the oldest is dropped, unless it was read since it was last
/// looked at; then it counts as new.
///
/// Callable from any thread. A lock is held to find a block, never while one is decoded.
public final class BlockCache: Sendable {
    /// A decoded block. Lives as long as somebody reads it, in the cache or not.
    final class Block: Sendable {
        let bytes: [UInt8]
        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    private struct Key: Hashable {
        let segment: Int
        let block: Int
    }

    private struct State {
        var blocks: [Key: (block: Block, wasRead: Bool)] = [:]
        /// The keys of `blocks`, the oldest at `first`; what stands before is done with.
        var queue: [Key] = []
        var first = 0
        var byteCount = 0
        var decodes: UInt64 = 0
        var hits: UInt64 = 0
    }

    public let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: Bytes of decoded blocks to keep. One block is kept even if it is larger.
    public init(capacity: Int = 64 << 20) {
        self.capacity = capacity
    }

    /// How many blocks have been decoded so far.
    public var decodeCount: UInt64 { state.withLock { $0.decodes } }

    /// How many times a block was there already.
    public var hitCount: UInt64 { state.withLock { $0.hits } }
    /// Bytes of the blocks kept now, bookkeeping included.
    public var byteCount: Int { state.withLock { $0.byteCount } }

    /// Block `block` of segment `number`, made now, `byteCount` long, or earlier.
    func block(
        _ block: Int, of number: Int, byteCount: Int, _ make: (inout MutableRawSpan) throws(FormatError) -> Void
    ) throws(FormatError) -> Block {
        let key = Key(segment: number, block: block)
        if let hit = state.withLock({ Self.find(key, &$0) }) { return hit }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        try make(&raw)
        let decoded = Block(bytes)
        state.withLock { Self.insert(decoded, key, capacity, &$0) }
        return decoded
    }

    func holds(_ block: Int, of number: Int) -> Bool {
        state.withLock { $0.blocks[Key(segment: number, block: block)] != nil }
    }

    private static func find(_ key: Key, _ state: inout State) -> Block? {
        guard let place = state.blocks.index(forKey: key) else { return nil }
        state.blocks.values[place].wasRead = true
        state.hits += 1
        return state.blocks.values[place].block
    }

    private static func insert(_ block: Block, _ key: Key, _ capacity: Int, _ state: inout State) {
        state.decodes += 1
        guard state.blocks.updateValue((block, wasRead: false), forKey: key) == nil else { return }
        state.queue.append(key)
        state.byteCount += cost(block)
        while state.byteCount > capacity, state.blocks.count > 1 { dropOldest(&state) }
    }

    /// Amortised O(1): a block is looked at again only after it was read.
    private static func dropOldest(_ state: inout State) {
        let key = state.queue[state.first]
        state.first += 1
        if state.blocks[key]!.wasRead {
            state.blocks[key]!.wasRead = false
            state.queue.append(key)
        } else {
            state.byteCount -= cost(state.blocks.removeValue(forKey: key)!.block)
        }
        guard 2 * state.first > state.queue.count else { return }
        state.queue.removeFirst(state.first)
        state.first = 0
    }

    /// Bytes that a block takes, bookkeeping included: a file may have blocks of one byte.
    private static func cost(_ block: Block) -> Int { block.bytes.count + 192 }
}
