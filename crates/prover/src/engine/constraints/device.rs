//! Tables on a device: so far on the processor beside it.

use super::host::{Lookup, Table, bind, lookup_round, product_round};
use super::{Constraints, Round};
use crate::ProverError;
use crate::engine::{Engine, OnDevice};
use crate::rows::Rows;
use crate::scope::Scope;
use rayon::prelude::*;
use zkattest_circuit::ir::Functional;
use zkattest_circuit::lookup::RangeLookup;
use zkattest_field::Scalar;

impl Constraints for OnDevice<'_> {
    type Table<'a>
        = Table<'a>
    where
        Self: 'a;
    type Lookup<'a>
        = Lookup<'a>
    where
        Self: 'a;

    fn table<'a>(
        &'a self,
        scope: &Scope<'_>,
        rows: &'a Rows<'_>,
        functional: &Functional,
    ) -> Result<Table<'a>, ProverError> {
        self.host().table(scope, rows, functional)
    }

    fn lookup<'a>(
        &'a self,
        scope: &Scope<'_>,
        lookup: &RangeLookup,
        rows: &'a Rows<'_>,
    ) -> Result<Lookup<'a>, ProverError> {
        self.host().lookup(scope, lookup, rows)
    }

    fn rounds(&self, rounds: &[Round<'_, '_, Self>]) -> Result<Vec<Vec<Scalar>>, ProverError> {
        let cpu = &self.host().cpu;
        rounds
            .par_iter()
            .map(|round| match round {
                Round::Product(factors, claim) => product_round(cpu, factors, *claim),
                Round::Lookup(lookup, claim) => lookup_round(cpu, lookup, *claim),
            })
            .collect()
    }

    fn bind(
        &self,
        tables: Vec<&mut Table<'_>>,
        lookups: Vec<&mut Lookup<'_>>,
        challenge: Scalar,
    ) -> Result<(), ProverError> {
        bind(&self.host().cpu, tables, lookups, challenge)
    }
}
