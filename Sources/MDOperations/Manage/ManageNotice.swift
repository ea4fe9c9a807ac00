/// What a manage verb tells while it runs.
package enum ManageNotice: Hashable, Sendable {}
