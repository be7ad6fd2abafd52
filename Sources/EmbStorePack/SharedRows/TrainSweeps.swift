/// Makes the cores of a tensor train better in turns, those of the others given: least squares, each id counting as often as
/// it is asked for.
struct TrainSweeps {
    private static let maxSweeps = 4
    private static let steps = 4
    /// A sweep that leaves more than this share of the error was the last.
    private static let enough = 0.999

    let shape: TrainShape
    let embeddings: [Float]
    /// Empty if all ids count alike.
    let weights: [Float]
    private var idCount: Int { embeddings.count / shape.width }

    init(_ shape: TrainShape, _ embeddings: [Float], weights: [Float]) {
        (self.shape, self.embeddings, self.weights) = (shape, embeddings, weights)
    }

    func improve(_ cores: inout [[Float]], _ progress: (Double) -> Void) {
        var left = embeddings
        let first = sides(0, cores)
        let made = forward(cores[0], 0, first)
        for i in left.indices { left[i] -= made[i] }
        var error = energy(left)
        let whole = energy(embeddings)
        for sweep in 0..<Self.maxSweeps where error > 1e-12 * whole {
            for k in 0..<shape.cores {
                improve(&cores[k], k, sides(k, cores), &left)
                progress(Double(sweep * shape.cores + k) / Double(Self.maxSweeps * shape.cores))
            }
            let now = energy(left)
            guard now < Self.enough * error else { return }
            error = now
        }
    }

    private func weight(_ id: Int) -> Float { weights.isEmpty ? 1 : weights[id] }

    private func energy(_ rows: [Float]) -> Double {
        var sum = 0.0
        for id in 0..<idCount {
            var square = 0.0
            for j in id * shape.width..<(id + 1) * shape.width { square += Double(rows[j]) * Double(rows[j]) }
            sum += Double(weight(id)) * square
        }
        return sum
    }

    /// Conjugate gradients on the normal equations of core `k`, each number in units of how much it counts.
    ///
    /// - Parameter left: What the cores leave of the embeddings; kept up with the core.
    private func improve(_ core: inout [Float], _ k: Int, _ sides: Sides, _ left: inout [Float]) {
        let scale = squares(k, sides).map { $0 > 0 ? 1 / $0 : 0 }
        var gradient = backward(left, k, sides)
        var direction = zip(gradient, scale).map { $0 * $1 }
        var length = Self.dot(gradient, direction)
        for _ in 0..<Self.steps where length > 0 {
            let change = forward(direction, k, sides)
            let curvature = energy(change)
            guard curvature > 0 else { return }
            let step = Float(length / curvature)
            for i in core.indices { core[i] += step * direction[i] }
            for i in left.indices { left[i] -= step * change[i] }
            gradient = backward(left, k, sides)
            let scaled = zip(gradient, scale).map { $0 * $1 }
            let next = Self.dot(gradient, scaled)
            let turn = Float(next / length)
            for i in direction.indices { direction[i] = scaled[i] + turn * direction[i] }
            length = next
        }
    }

    private static func dot(_ a: [Float], _ b: [Float]) -> Double {
        var sum = 0.0
        for i in a.indices { sum += Double(a[i]) * Double(b[i]) }
        return sum
    }
}

// A core between what the others make on either side of it.
extension TrainSweeps {
    /// Products of the cores before, layout (prefix, left part, before), and of those after, (suffix, after, right part).
    private struct Sides {
        var before: [Float] = [1]
        var after: [Float] = [1]
    }

    private func sides(_ k: Int, _ cores: [[Float]]) -> Sides {
        var sides = Sides()
        for l in 0..<k { sides.before = grown(sides.before, cores[l], l) }
        for l in (k + 1..<shape.cores).reversed() { sides.after = grownBack(sides.after, cores[l], l) }
        return sides
    }

    /// Products up to core `l`, of those before it.
    private func grown(_ before: [Float], _ core: [Float], _ l: Int) -> [Float] {
        let (rank, inner) = (shape.before(l), shape.dims[l] * shape.after(l))
        let count = before.count / rank  // prefixes and left parts
        var result = [Float](repeating: 0, count: count * shape.slices[l] * inner)
        for slice in 0..<shape.slices[l] {
            for row in 0..<count {
                let to = (slice * count + row) * inner
                for r in 0..<rank {
                    Self.add(before[row * rank + r], core, (slice * rank + r) * inner, &result, to, inner)
                }
            }
        }
        return result
    }

    /// Products from core `l` on, of those after it.
    private func grownBack(_ after: [Float], _ core: [Float], _ l: Int) -> [Float] {
        let (rank, width) = (shape.after(l), shape.rightParts(l))
        let outer = shape.before(l) * shape.dims[l]
        let suffixes = shape.suffixes(l)
        var result = [Float](repeating: 0, count: suffixes * shape.slices[l] * outer * width)
        for suffix in 0..<suffixes {
            for slice in 0..<shape.slices[l] {
                for row in 0..<outer {
                    let to = ((suffix * shape.slices[l] + slice) * outer + row) * width
                    for s in 0..<rank {
                        let factor = core[(slice * outer + row) * rank + s]
                        Self.add(factor, after, (suffix * rank + s) * width, &result, to, width)
                    }
                }
            }
        }
        return result
    }

    /// Runs over the ids: prefix by prefix of each digit, then suffix by suffix.
    private func each(
        _ k: Int, begin: (Int, Int) -> Void, _ body: (Int, Int) -> Void, end: (Int, Int) -> Void = { _, _ in }
    ) {
        let (prefixes, slices) = (shape.prefixes(k), shape.slices[k])
        for slice in 0..<slices {
            for prefix in 0..<prefixes where prefix + prefixes * slice < idCount {
                begin(slice, prefix)
                var (id, suffix) = (prefix + prefixes * slice, 0)
                while id < idCount {
                    if weight(id) > 0 { body(id, suffix) }
                    id += prefixes * slices
                    suffix += 1
                }
                end(slice, prefix)
            }
        }
    }

    /// What comes of every id with this core.
    private func forward(_ core: [Float], _ k: Int, _ sides: Sides) -> [Float] {
        let (rank, after) = (shape.before(k), shape.after(k))
        let (parts, inner, width) = (shape.leftParts(k), shape.dims[k] * after, shape.rightParts(k))
        var result = [Float](repeating: 0, count: embeddings.count)
        var inside = [Float](repeating: 0, count: parts * inner)
        each(
            k,
            begin: { slice, prefix in
                for i in inside.indices { inside[i] = 0 }
                for a in 0..<parts {
                    for r in 0..<rank {
                        let factor = sides.before[(prefix * parts + a) * rank + r]
                        Self.add(factor, core, (slice * rank + r) * inner, &inside, a * inner, inner)
                    }
                }
            },
            { id, suffix in
                for row in 0..<parts * shape.dims[k] {
                    let to = id * shape.width + row * width
                    for s in 0..<after {
                        Self.add(inside[row * after + s], sides.after, (suffix * after + s) * width, &result, to, width)
                    }
                }
            })
        return result
    }

    /// The same backwards: how much each number of the core has to do with `rows`, weighted.
    private func backward(_ rows: [Float], _ k: Int, _ sides: Sides) -> [Float] {
        let (rank, after) = (shape.before(k), shape.after(k))
        let (parts, inner, width) = (shape.leftParts(k), shape.dims[k] * after, shape.rightParts(k))
        var core = [Float](repeating: 0, count: shape.count(k))
        var inside = [Float](repeating: 0, count: parts * inner)
        each(
            k, begin: { _, _ in for i in inside.indices { inside[i] = 0 } },
            { id, suffix in
                let weight = weight(id)
                for row in 0..<parts * shape.dims[k] {
                    let from = id * shape.width + row * width
                    for s in 0..<after {
                        var sum: Float = 0
                        let other = (suffix * after + s) * width
                        for c in 0..<width { sum += rows[from + c] * sides.after[other + c] }
                        inside[row * after + s] += weight * sum
                    }
                }
            },
            end: { slice, prefix in
                for a in 0..<parts {
                    for r in 0..<rank {
                        let factor = sides.before[(prefix * parts + a) * rank + r]
                        Self.add(factor, inside, a * inner, &core, (slice * rank + r) * inner, inner)
                    }
                }
            })
        return core
    }

    /// How much each number of the core counts: the diagonal of the normal equations.
    private func squares(_ k: Int, _ sides: Sides) -> [Float] {
        let (rank, after, dim) = (shape.before(k), shape.after(k), shape.dims[k])
        let (parts, width) = (shape.leftParts(k), shape.rightParts(k))
        var result = [Float](repeating: 0, count: shape.count(k))
        var inside = [Float](repeating: 0, count: after)
        var ends = [Float](repeating: 0, count: sides.after.count / width)
        for i in sides.after.indices { ends[i / width] += sides.after[i] * sides.after[i] }
        each(
            k, begin: { _, _ in for s in inside.indices { inside[s] = 0 } },
            { id, suffix in
                for s in 0..<after { inside[s] += weight(id) * ends[suffix * after + s] }
            },
            end: { slice, prefix in
                for r in 0..<rank {
                    var square: Float = 0
                    for a in 0..<parts {
                        let x = sides.before[(prefix * parts + a) * rank + r]
                        square += x * x
                    }
                    for b in 0..<dim {
                        Self.add(square, inside, 0, &result, ((slice * rank + r) * dim + b) * after, after)
                    }
                }
            })
        return result
    }

    /// to[at + j] += factor * from[start + j]
    @inline(__always)
    private static func add(
        _ factor: Float, _ from: [Float], _ start: Int, _ to: inout [Float], _ at: Int, _ count: Int
    ) {
        for j in 0..<count { to[at + j] += factor * from[start + j] }
    }
}
