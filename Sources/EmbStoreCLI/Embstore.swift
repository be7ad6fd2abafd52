import ArgumentParser

@main struct Embstore: ParsableCommand {}
