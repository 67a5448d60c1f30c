// SPDX-License-Identifier: Apache-2.0

/// An application that passes connections on to one other: what a listing of routes looks through.
public protocol ApplicationWrapper<Kind>: Application {
    /// The application behind this one.
    var next: any Application<Kind> { get }
}

extension WrappedApplication: ApplicationWrapper {}

/// The application behind all wrappers.
func innermost<Kind>(_ application: any Application<Kind>) -> any Application<Kind> {
    var application = application
    while let wrapper = application as? any ApplicationWrapper<Kind> { application = wrapper.next }
    return application
}
