import Synchronization

/// The numbers 0 ..< count, each given to the thread that is free first: the one that also reads and writes takes fewer.
final class Turns: Sendable {
    private let taken = Atomic(0)
    private let count: Int

    init(_ count: Int) { self.count = count }

    func take() -> Int? {
        let number = taken.add(1, ordering: .relaxed).oldValue
        return number < count ? number : nil
    }
}

/// Rows that several threads read and nobody changes meanwhile.
protocol SharedNumbers: Sendable {
    var values: Span<Float> { @_lifetime(borrow self) get }
}

extension RowTile: SharedNumbers {}

extension [Float]: SharedNumbers {
    var values: Span<Float> { @_lifetime(borrow self) get { span } }

    mutating func append(_ values: Span<Float>) {
        unsafe values.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
