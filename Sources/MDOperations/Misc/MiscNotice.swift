/// What a misc verb tells while it runs.
package enum MiscNotice: Hashable, Sendable {}
