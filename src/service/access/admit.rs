//! Calls let in: the caller is found, the role checked, and both left to handlers.

use super::control::AccessControl;
use super::grant::Grant;
use super::role::required;
use crate::service::ServiceError;
use crate::service::listen::Peer;
use axum::http::Request;

/// Check the caller of a request and leave who it is in the request's extensions.
///
/// # Errors
/// The method needs a credential and there is no valid one, or it needs another role.
pub(in crate::service) fn admit<B>(
    control: &AccessControl,
    request: &mut Request<B>,
) -> Result<(), ServiceError> {
    let peer = request.extensions().get::<Peer>();
    let granted = control.authenticate(request.headers(), peer);
    let needed = required(request.uri().path());
    // Only this layer reads credentials.
    for name in ["authorization", "x-api-key"] {
        request.headers_mut().remove(name);
    }
    let grant = match (granted, needed) {
        (Ok(grant), _) => grant,
        (Err(error), Some(_)) => return Err(error),
        // What is open is open to callers with an invalid credential, too.
        (Err(_), None) => return Ok(()),
    };
    request.extensions_mut().insert(grant.caller.clone());
    match needed {
        Some(role) if grant.role < role => Err(ServiceError::PermissionDenied { role }),
        _ => {
            request.extensions_mut().insert(grant);
            Ok(())
        }
    }
}

/// Return who sent a request to the admin listener, and what the sender may do.
///
/// # Errors
/// A credential is needed and there is no valid one.
pub(in crate::service) fn admit_admin<B>(
    control: &AccessControl,
    request: &Request<B>,
) -> Result<Grant, ServiceError> {
    control.authenticate(request.headers(), request.extensions().get())
}
