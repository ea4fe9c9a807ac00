/// The composition root: chooses the real kernel, calls the front end, exits.
@main
struct Main {
    static func main() {}
}
