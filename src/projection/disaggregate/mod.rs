//! Monthly draws from figures for spans of months (temporal disaggregation).
//!
//! | file | content |
//! |---|---|
//! | `leaf_system` | series as sums of leaves |
//! | `disaggregation` | the inputs: leaves, figures, donor priors, window |
//! | `donor_prior` | what donor series say of season, roughness and level |
//! | `observed_sums` | figures as observed sums over the months of the leaves |
//! | `used_figure` | a figure that is used, and one that is not |
//! | `revisions` | how much figures are revised, from the figures themselves |
//! | `path_prior` | mean and covariance of the logarithms of the months |
//! | `roughness` | how rough each leaf is, from its own figures |
//! | `known_levels` | levels that figures state or imply |
//! | `deviations` | draws around the most likely paths, with an even grid for the headline |
//! | `draws` | the draws ([`Disaggregation::draw`](disaggregation::Disaggregation::draw)) |
//!
//! `models/disaggregation/path_prior.rs` holds the type
//! [`PathPrior`](crate::models::disaggregation::PathPrior), a mean and a covariance; `path_prior`
//! here makes one from figures and donors. `models/disaggregation/` conditions it on the figures.

pub(super) mod deviations;
pub(super) mod disaggregation;
pub(super) mod donor_prior;
pub(super) mod draws;
pub(super) mod known_levels;
pub(super) mod leaf_system;
pub(super) mod observed_sums;
pub(super) mod path_prior;
pub(super) mod revisions;
pub(super) mod roughness;
pub(super) mod used_figure;
