//! What a template asks for: its variables, and the filters, tests and functions that it calls.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt, UnaryOpKind};
use minijinja::machinery::parse;
use minijinja::syntax::SyntaxConfig;
use serde::Serialize;

use crate::engine::Callable;
use crate::fault::Part;

/// A variable that a content uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name: the first word, `address` in `{{ address.city }}`.
    pub name: String,
    /// Whether every use copes with a missing value: by `| default("…")`, or by asking first
    /// (`{% if city %}`). Where this is false, a recipient without it cannot be mailed.
    pub guarded: bool,
    /// Where it is used first.
    pub part: Part,
    /// The line in that part, from 1.
    pub line: usize,
}

/// What one part asks for.
#[derive(Default)]
pub(crate) struct Needs<'a> {
    /// By name: whether every use is guarded, and the offset of the first.
    pub(crate) variables: BTreeMap<&'a str, (bool, u32)>,
    /// What is called, with the offset of the first use.
    pub(crate) called: BTreeMap<(Callable, &'a str), u32>,
    /// Every name that the template itself gives a value to (`for`, `set`, `with`).
    pub(crate) bound: BTreeSet<&'a str>,
}

/// Reads what a template asks for.
pub(crate) fn needs<'a>(source: &'a str, name: &'a str) -> Result<Needs<'a>, minijinja::Error> {
    let tree = parse(source, name, SyntaxConfig::default())?;
    let mut walk = Walk { needs: Needs::default(), scopes: vec![BTreeSet::new()], known: Vec::new() };
    if let Stmt::Template(template) = &tree {
        walk.statements(&template.children);
    }
    Ok(walk.needs)
}

struct Walk<'a> {
    needs: Needs<'a>,
    /// Names that the template gave a value to, innermost last.
    scopes: Vec<BTreeSet<&'a str>>,
    /// Names that a condition around this place has found to be there.
    known: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn statements(&mut self, statements: &[Stmt<'a>]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt<'a>) {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(emit) => self.expression(&emit.expr),
            Stmt::IfCond(cond) => {
                self.condition(&cond.expr);
                self.knowing(&present_if(&cond.expr, true), |walk| walk.statements(&cond.true_body));
                self.knowing(&present_if(&cond.expr, false), |walk| walk.statements(&cond.false_body));
            }
            Stmt::ForLoop(each) => {
                self.expression(&each.iter);
                self.scopes.push(BTreeSet::from(["loop"]));
                self.bind(&each.target);
                if let Some(filter) = &each.filter_expr {
                    self.condition(filter);
                }
                self.statements(&each.body);
                self.scopes.pop();
                self.statements(&each.else_body);
            }
            Stmt::WithBlock(with) => {
                self.scopes.push(BTreeSet::new());
                for (target, value) in &with.assignments {
                    self.expression(value);
                    self.bind(target);
                }
                self.statements(&with.body);
                self.scopes.pop();
            }
            Stmt::Set(set) => {
                self.expression(&set.expr);
                self.bind(&set.target);
            }
            Stmt::SetBlock(set) => {
                self.statements(&set.body);
                if let Some(filter) = &set.filter {
                    self.expression(filter);
                }
                self.bind(&set.target);
            }
            Stmt::AutoEscape(escape) => {
                self.expression(&escape.enabled);
                self.statements(&escape.body);
            }
            Stmt::FilterBlock(block) => {
                self.expression(&block.filter);
                self.statements(&block.body);
            }
            Stmt::Do(call) => {
                self.expression(&call.call.expr);
                self.arguments(&call.call.args);
            }
        }
    }

    fn knowing(&mut self, names: &[&'a str], inside: impl FnOnce(&mut Self)) {
        let before = self.known.len();
        self.known.extend_from_slice(names);
        inside(self);
        self.known.truncate(before);
    }

    fn bind(&mut self, target: &Expr<'a>) {
        match target {
            Expr::Var(var) => {
                self.needs.bound.insert(var.id);
                if let Some(scope) = self.scopes.last_mut() {
                    scope.insert(var.id);
                }
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.bind(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.bind(item)),
            other => self.expression(other),
        }
    }

    fn variable(&mut self, name: &'a str, offset: u32, guarded: bool) {
        if self.scopes.iter().any(|scope| scope.contains(name)) {
            return;
        }
        let guarded = guarded || self.known.contains(&name);
        let entry = self.needs.variables.entry(name).or_insert((true, offset));
        if entry.0 && !guarded {
            *entry = (false, offset);
        }
    }

    /// An expression whose value may be missing: only its truth or presence is asked for.
    fn condition(&mut self, expr: &Expr<'a>) {
        match expr {
            Expr::Var(var) => self.variable(var.id, var.span().start_offset, true),
            Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => self.condition(&op.expr),
            Expr::BinOp(op) if matches!(op.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
                self.condition(&op.left);
                let and = matches!(op.op, BinOpKind::ScAnd);
                self.knowing(&present_if(&op.left, and), |walk| walk.condition(&op.right));
            }
            other => self.expression(other),
        }
    }

    fn called(&mut self, kind: Callable, name: &'a str, offset: u32) {
        self.needs.called.entry((kind, name)).or_insert(offset);
    }

    fn arguments(&mut self, arguments: &[CallArg<'a>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(expr)
                | CallArg::Kwarg(_, expr)
                | CallArg::PosSplat(expr)
                | CallArg::KwargSplat(expr) => self.expression(expr),
            }
        }
    }

    fn expression(&mut self, expr: &Expr<'a>) {
        match expr {
            Expr::Const(_) => {}
            Expr::Var(var) => self.variable(var.id, var.span().start_offset, false),
            Expr::Filter(filter) => {
                self.called(Callable::Filter, filter.name, filter.span().start_offset);
                match &filter.expr {
                    Some(inner) if matches!(filter.name, "default" | "d") => self.condition(inner),
                    Some(inner) => self.expression(inner),
                    None => {}
                }
                self.arguments(&filter.args);
            }
            Expr::Test(test) => {
                self.called(Callable::Test, test.name, test.span().start_offset);
                match test.name {
                    "defined" | "undefined" | "none" => self.condition(&test.expr),
                    _ => self.expression(&test.expr),
                }
                self.arguments(&test.args);
            }
            Expr::IfExpr(cond) => {
                self.condition(&cond.test_expr);
                self.knowing(&present_if(&cond.test_expr, true), |walk| walk.expression(&cond.true_expr));
                if let Some(other) = &cond.false_expr {
                    self.knowing(&present_if(&cond.test_expr, false), |walk| walk.expression(other));
                }
            }
            Expr::BinOp(op) => match op.op {
                BinOpKind::ScAnd | BinOpKind::ScOr => {
                    self.condition(&op.left);
                    let and = matches!(op.op, BinOpKind::ScAnd);
                    self.knowing(&present_if(&op.left, and), |walk| walk.expression(&op.right));
                }
                _ => {
                    self.expression(&op.left);
                    self.expression(&op.right);
                }
            },
            Expr::Compare(compare) => {
                self.expression(&compare.expr);
                compare.ops.iter().for_each(|op| self.expression(&op.expr));
            }
            Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => self.condition(&op.expr),
            Expr::UnaryOp(op) => self.expression(&op.expr),
            Expr::GetAttr(get) => self.expression(&get.expr),
            Expr::GetItem(get) => {
                self.expression(&get.expr);
                self.expression(&get.subscript_expr);
            }
            Expr::Slice(slice) => {
                self.expression(&slice.expr);
                for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.expression(bound);
                }
            }
            Expr::Call(call) => {
                match &call.expr {
                    Expr::Var(var) if !self.scopes.iter().any(|scope| scope.contains(var.id)) => {
                        self.called(Callable::Function, var.id, var.span().start_offset);
                    }
                    other => self.expression(other),
                }
                self.arguments(&call.args);
            }
            Expr::List(list) => list.items.iter().for_each(|item| self.expression(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.expression(item)),
            Expr::Map(map) => map.keys.iter().chain(&map.values).for_each(|item| self.expression(item)),
        }
    }
}

/// The variables that must be there if the condition came out as `holds`.
fn present_if<'a>(condition: &Expr<'a>, holds: bool) -> Vec<&'a str> {
    match condition {
        Expr::Var(var) if holds => vec![var.id],
        Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => present_if(&op.expr, !holds),
        Expr::Test(test) => match (&test.expr, test.name, holds) {
            (Expr::Var(var), "defined", true) | (Expr::Var(var), "undefined", false) => vec![var.id],
            _ => Vec::new(),
        },
        Expr::BinOp(op) => match (op.op, holds) {
            (BinOpKind::ScAnd, true) | (BinOpKind::ScOr, false) => {
                let mut names = present_if(&op.left, holds);
                names.extend(present_if(&op.right, holds));
                names
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names, those that are guarded with a question mark.
    fn names(source: &str) -> String {
        let needs = needs(source, "html").unwrap();
        let word = |(name, (guarded, _)): (&&str, &(bool, u32))| {
            if *guarded { format!("{name}?") } else { (*name).to_owned() }
        };
        needs.variables.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_use_of_a_variable_is_found_and_it_is_known_whether_it_may_be_missing() {
        for (source, found) in [
            ("{{ city }} {{ address.street }}", "address city"),
            ("{{ city|default('x') }}", "city?"),
            ("{{ city|default(town) }}", "city? town"),
            ("{{ city|upper|default('x') }}", "city"),
            ("{{ city|default('x') }}{{ city }}", "city"),
            ("{% if city %}{{ city }}{% else %}{{ town }}{% endif %}", "city? town"),
            ("{% if not city %}-{% else %}{{ city }}{% endif %}", "city?"),
            ("{% if city is defined and town %}{{ city }}{{ town }}{% endif %}", "city? town?"),
            ("{% if city or town %}{{ city }}{% endif %}", "city town?"),
            ("{% if plan == 'gold' %}{{ plan }}{% endif %}", "plan"),
            ("{% if plan and plan == 'gold' %}{{ plan }}{% endif %}", "plan?"),
            ("{% if plan|default == 'gold' %}gold{% endif %}", "plan?"),
            ("{% if age > 3 %}x{% endif %}", "age"),
            ("{{ city or 'there' }} {{ a if a else b }}", "a? b city?"),
            (
                "{% for p in products %}{{ p.name }} {{ loop.index }} {{ city }}{% endfor %}{{ p }}",
                "city p products",
            ),
            ("{% set a = city %}{{ a }}{% with b = town %}{{ b }}{% endwith %}{{ b }}", "b city town"),
            ("{% for k, v in m|items %}{{ k }}{{ v }}{% endfor %}", "m"),
            ("{{ range(n)|join(sep) }} {{ [a, {'k': b}][c] }} {{ d[1:e] }}", "a b c d e n sep"),
            ("{% raw %}{{ x }}{% endraw %}{# {{ y }} #}", ""),
        ] {
            assert_eq!(names(source), found, "{source}");
        }
    }
}
