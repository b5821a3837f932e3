//! Roles, and the role that a method needs.

use std::fmt;
use std::str::FromStr;

/// What a caller may do; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read figures and compute.
    Read,
    /// Write figures, too.
    Write,
    /// Operate the service, too.
    Admin,
}

/// The text is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the role read, write or admin, not `{0}`")]
pub struct RoleError(String);

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        match text {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            "admin" => Ok(Self::Admin),
            _ => Err(RoleError(text.to_owned())),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        })
    }
}

/// Return the role that the method at `path` needs; none for health checks, which are open.
pub(super) fn required(path: &str) -> Option<Role> {
    if path.starts_with("/grpc.health.v1.Health/") {
        None
    } else if is_write(path) {
        Some(Role::Write)
    } else {
        Some(Role::Read)
    }
}

/// Return whether the method at `path` writes figures.
pub(in crate::service) fn is_write(path: &str) -> bool {
    path.starts_with("/tradecast.v1.IngestService/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_includes_those_before_it() {
        assert!(Role::Read < Role::Write && Role::Write < Role::Admin);
        for role in [Role::Read, Role::Write, Role::Admin] {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        let error = "root".parse::<Role>().unwrap_err().to_string();
        assert!(error.contains("read, write or admin"), "{error}");
    }
}
