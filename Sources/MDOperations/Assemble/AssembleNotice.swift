/// What a assemble verb tells while it runs.
package enum AssembleNotice: Hashable, Sendable {}
