#!/usr/bin/env Rscript
# The calls behind the golden numbers: computes the expected values of every case in cases.json
# for the designs in designs.json with Lumley's `survey` package and writes expected.json beside
# them, {meta, expected: {case id: object}}. The tests do not need R; this file says precisely
# what was called.
# Usage: Rscript reference.R <folder of this file>
suppressPackageStartupMessages({library(survey); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
dir <- if (length(args)) args[1] else "."
rd <- function(f) fromJSON(file.path(dir, f), simplifyVector = TRUE, simplifyDataFrame = FALSE, simplifyMatrix = FALSE)
designs <- rd("designs.json"); specs <- rd("cases.json")$cases
data_cache <- list()
load_data <- function(f) {
  if (is.null(data_cache[[f]])) data_cache[[f]] <<- read.csv(file.path(dir, "data", f), stringsAsFactors = FALSE, na.strings = c("", "NA"), check.names = FALSE)
  data_cache[[f]]
}
`%||%` <- function(a, b) if (is.null(a)) b else a
fml <- function(v) if (is.null(v) || length(v) == 0) NULL else reformulate(paste0("`", v, "`"))
num <- function(x) unname(as.numeric(x))
mat <- function(m) { m <- as.matrix(m); dimnames(m) <- NULL; lapply(seq_len(nrow(m)), function(i) I(as.numeric(m[i, ]))) }

set_opts <- function(d) {
  options(survey.lonely.psu = d$lonely_psu %||% "fail",
          survey.adjust.domain.lonely = isTRUE(d$adjust_domain_lonely),
          survey.ultimate.cluster = isTRUE(d$ultimate_cluster))
}
popdf <- function(p, by, dat) {
  df <- do.call(rbind, lapply(p, function(r) as.data.frame(r, stringsAsFactors = FALSE, check.names = FALSE)))
  for (b in by) if (is.factor(dat[[b]])) df[[b]] <- factor(df[[b]], levels = levels(dat[[b]]))
  df
}
apply_adjust <- function(des, adj) {
  dat <- des$variables
  switch(adj$method,
    poststratify = postStratify(des, fml(adj$by), popdf(adj$population, adj$by, dat), partial = isTRUE(adj$partial)),
    rake = rake(des, lapply(adj$margins, function(m) fml(m$by)), lapply(adj$margins, function(m) popdf(m$population, m$by, dat)),
                control = list(maxit = 200, epsilon = 1e-12, verbose = FALSE)),
    calibrate = {
      f <- reformulate(adj$terms)
      pop <- unlist(adj$population)
      mm <- colnames(model.matrix(f, model.frame(f, dat)))
      cal <- adj$calfun %||% "linear"
      b <- adj$bounds; if (is.null(b)) b <- c(-Inf, Inf)
      calibrate(des, f, population = pop[mm], calfun = cal, bounds = b, epsilon = 1e-12, maxit = 200,
                aggregate.stage = adj$aggregate_stage)
    },
    trim = trimWeights(des, upper = adj$upper %||% Inf, lower = adj$lower %||% -Inf, strict = isTRUE(adj$strict)),
    standardize = svystandardize(des, by = fml(adj$by), over = if (length(adj$over)) fml(adj$over) else ~1, population = unlist(adj$population),
                                 excluding.missing = if (length(adj$excluding_missing)) fml(adj$excluding_missing) else NULL),
    stop("unknown adjust"))
}
build <- function(id) {
  d <- designs[[id]]; set_opts(d)
  dat <- load_data(d$data)
  for (f in names(d$factors)) dat[[f]] <- factor(dat[[f]], levels = unlist(d$factors[[f]]))
  if (identical(d$kind, "replicate")) {
    rw <- as.matrix(load_data(d$repweights_file))
    des <- svrepdesign(data = dat, weights = if (is.null(d$weights)) NULL else dat[[d$weights]], repweights = rw, type = d$type,
                       combined.weights = isTRUE(d$combined_weights), scale = d$scale, rscales = unlist(d$rscales),
                       rho = d$rho, mse = isTRUE(d$mse))
  } else {
    ids <- fml(d$ids); if (is.null(ids)) ids <- ~1
    des <- svydesign(ids = ids, strata = fml(d$strata), weights = fml(d$weights), probs = fml(d$probs), fpc = fml(d$fpc), data = dat,
                     nest = isTRUE(d$nest), pps = if (is.null(d$pps)) FALSE else d$pps, check.strata = !isTRUE(d$nest))
  }
  for (a in d[["adjust"]]) des <- apply_adjust(des, a)
  if (!is.null(d$as_replicate)) des <- as.svrepdesign(des, type = d$as_replicate$type, mse = isTRUE(d$as_replicate$mse))
  des
}
dom <- function(des, cond) {
  if (is.null(cond)) return(des)
  v <- if (is.null(des$variables)) des$phase1$sample$variables else des$variables
  keep <- rep(TRUE, nrow(v))
  for (c1 in cond) {
    x <- v[[c1[[1]]]]; if (is.factor(x)) x <- as.character(x)
    val <- unlist(c1[[3]]); if (is.numeric(x)) val <- as.numeric(val)
    k <- switch(c1[[2]], "==" = x == val, "!=" = x != val, ">=" = x >= val, "<=" = x <= val, ">" = x > val, "<" = x < val,
                "in" = x %in% val, "notna" = !is.na(x), stop("op"))
    keep <- keep & !is.na(k) & k
  }
  des[keep, ]
}
labels_for <- function(des, vars) {
  out <- list()
  for (v in vars) { x <- des$variables[[v]]
    if (is.factor(x) || is.character(x)) { lv <- if (is.factor(x)) levels(x) else sort(unique(x)); for (l in lv) out[[length(out) + 1]] <- list(var = v, level = l) }
    else out[[length(out) + 1]] <- list(var = v) }
  out
}
stat_block <- function(m, mdeff = NULL, mdeffr = NULL, labs, df) {
  est <- num(coef(m)); se <- num(SE(m)); V <- as.matrix(vcov(m))
  cin <- confint(m); cit <- confint(m, df = df)
  rows <- lapply(seq_along(est), function(i) {
    r <- labs[[i]]
    r$est <- est[i]; r$se <- se[i]; r$cv <- se[i] / est[i]
    r$ci_normal <- I(num(cin[i, ])); r$ci_t <- I(num(cit[i, ]))
    if (!is.null(mdeff)) r$deff_srswor <- num(deff(mdeff))[i]
    if (!is.null(mdeffr)) r$deff_srswr <- num(deff(mdeffr))[i]
    r })
  list(df = df, rows = rows, vcov = mat(V))
}
tryq <- function(e) tryCatch(suppressWarnings(e), error = function(x) NULL)
fun_of <- function(op) switch(op, mean = svymean, total = svytotal)
run_case <- function(s) {
  d <- designs[[s$design]]
  des0 <- build(s$design); set_opts(d)
  isrep <- inherits(des0, "svyrep.design")
  des <- dom(des0, s$domain)
  na <- isTRUE(s$na_rm)
  df <- if (isrep) degf(des0) else degf(des)
  op <- s$op
  n <- nrow(des$variables)
  if (n == 0) return(list(empty = TRUE, n = 0))
  out <- switch(op,
    mean = , total = {
      F <- fun_of(op); f <- fml(s$vars)
      m <- F(f, des, na.rm = na)
      md <- if (isTRUE(s$deff)) tryq(F(f, des, na.rm = na, deff = TRUE)); mr <- if (isTRUE(s$deff)) tryq(F(f, des, na.rm = na, deff = "replace"))
      stat_block(m, md, mr, labels_for(des, s$vars), df)
    },
    var = { m <- svyvar(fml(s$vars), des, na.rm = na); list(df = df, est = mat(as.matrix(m)), se = I(num(SE(m)))) },
    ratio = {
      m <- svyratio(fml(s$num), fml(s$den), des, na.rm = na)
      est <- num(coef(m)); se <- num(SE(m)); cn <- confint(m); ct <- confint(m, df = df)
      r <- list(df = df, est = est[1], se = se[1], ci_normal = I(num(cn[1, ])), ci_t = I(num(ct[1, ])))
      r
    },
    quantile = {
      q <- unlist(s$probs)
      m <- svyquantile(fml(s$vars), des, quantiles = q, ci = TRUE, qrule = s$qrule, interval.type = s$interval %||% "mean", na.rm = na,
                       df = if (identical(s$df, "inf")) Inf else df)
      list(df = df, rows = lapply(s$vars, function(v) { mm <- m[[v]]
        list(var = v, q = I(q), est = I(num(mm[, 1])), ci_l = I(num(mm[, 2])), ci_u = I(num(mm[, 3])), se = I(num(mm[, 4])))}))
    },
    ciprop = {
      f <- fml(s$vars)
      m0 <- svymean(f, des, na.rm = na); p0 <- num(coef(m0)); se0 <- num(SE(m0)); undefined <- df <= 0 || !(se0 > 0)
      list(df = df, rows = lapply(unlist(s$methods), function(me) {
        # no variance or no degrees of freedom: no interval (R's iterative methods would return where they happened to stop)
        if (undefined && (me != "mean" || df <= 0) && (me != "beta_nchs" || df <= 0)) return(list(method = me, est = p0, ci = I(c(NA_real_, NA_real_)), se = se0))
        if (me == "beta_nchs") {  # Korn-Graubard as a presentation standard uses it: n_eff capped at n, n at the boundary
          m <- svymean(f, des, na.rm = na); p <- num(coef(m)); v <- num(vcov(m)); x <- des$variables[[s$vars]]; wt <- weights(des, "sampling")
          nn <- sum(!is.na(x) & wt > 0); ne <- if (p <= 0 || p >= 1 || v <= 0) nn else min(nn, p * (1 - p) / v)
          ne <- min(nn, ne * (qt(.025, nn - 1) / qt(.025, df))^2)
          return(list(method = me, est = p, n = nn, n_eff = ne, ci = I(c(if (p <= 0) 0 else qbeta(.025, ne * p, ne * (1 - p) + 1), if (p >= 1) 1 else qbeta(.975, ne * p + 1, ne * (1 - p))))))
        }
        m <- tryCatch(suppressWarnings(svyciprop(f, des, method = me, na.rm = na)), error = function(e) e)
        if (inherits(m, "error")) return(list(method = me, error = "error"))
        list(method = me, est = num(coef(m)), ci = I(num(confint(m))), se = num(sqrt(attr(m, "var"))))
      }))
    },
    by = {
      inner <- s$inner
      byf <- fml(s$by)
      bynames <- s$by
      if (inner %in% c("mean", "total")) {
        F <- fun_of(inner)
        r <- svyby(fml(s$vars), byf, des, F, na.rm = na, vartype = "se", keep.names = FALSE)
        labs <- labels_for(des, s$vars); k <- length(labs); g <- nrow(r)
        est <- matrix(num(coef(r)), nrow = g); se <- as.matrix(SE(r)); dimnames(se) <- NULL
      } else if (inner == "ratio") {
        r <- svyby(fml(s$num), byf, denominator = fml(s$den), design = des, FUN = svyratio, na.rm = na, vartype = "se", keep.names = FALSE)
        labs <- list(list(num = s$num, den = s$den)); g <- nrow(r)
        est <- matrix(num(coef(r)), nrow = g); se <- matrix(num(as.matrix(SE(r))), nrow = g)
      } else stop("inner")
      if (g == 1) { est <- matrix(est, nrow = 1); se <- matrix(num(se), nrow = 1) }
      rows <- list()
      for (i in seq_len(g)) {
        key <- lapply(setNames(bynames, bynames), function(b) { x <- r[[b]][i]; if (is.factor(x)) as.character(x) else x })
        sub <- des; for (b in bynames) { vv <- sub$variables[[b]]; sub <- sub[!is.na(vv) & as.character(vv) == as.character(key[[b]]), ] }
        dfi <- if (isrep) df else tryq(degf(sub))
        for (j in seq_along(labs)) {
          rr <- c(list(by = key), labs[[j]])
          rr$est <- est[i, j]; rr$se <- se[i, j]; rr$df <- dfi; rr$n <- nrow(sub$variables)
          if (isTRUE(s$deff) && inner != "ratio") {
            a <- tryq(F(fml(s$vars), sub, na.rm = na, deff = TRUE)); b2 <- tryq(F(fml(s$vars), sub, na.rm = na, deff = "replace"))
            if (!is.null(a)) rr$deff_srswor <- num(deff(a))[j]
            if (!is.null(b2)) rr$deff_srswr <- num(deff(b2))[j]
          }
          rows[[length(rows) + 1]] <- rr
        }
      }
      list(df = df, rows = rows)
    },
    table = { t <- svytable(fml(s$vars), des); dd <- as.data.frame(t, stringsAsFactors = FALSE)
      list(rows = lapply(seq_len(nrow(dd)), function(i) c(as.list(dd[i, s$vars, drop = FALSE]), list(freq = dd$Freq[i])))) },
    chisq = {
      f <- fml(s$vars)
      list(rows = lapply(unlist(s$statistics), function(st) {
        m <- svychisq(f, des, statistic = st)
        list(statistic = st, value = num(m$statistic), df = I(num(m$parameter)), p = num(m$p.value)) }))
    },
    gof = { m <- svygofchisq(fml(s$vars), unlist(s$p), des); list(value = num(m$statistic), p = num(m$p.value)) },
    ttest = {
      m <- svyttest(as.formula(paste0("`", s$y, "` ~ `", s$group, "`")), des)
      list(t = num(m$statistic), df = num(m$parameter), p = num(m$p.value), diff = num(m$estimate), ci = I(num(m$conf.int)))
    },
    domains_joint = {   # domain means with their full covariance (influence functions), contrasts
      g <- des$variables[[s$group]]; y <- des$variables[[s$y]]
      lv <- unlist(s$levels)
      w <- weights(des, "sampling"); ok <- !is.na(y) & !is.na(g)
      Z <- matrix(0, length(y), length(lv)); est <- numeric(length(lv))
      for (k in seq_along(lv)) { ind <- ok & as.character(g) == lv[k]; Nk <- sum(w[ind]); est[k] <- sum(w[ind] * y[ind]) / Nk; Z[ind, k] <- (y[ind] - est[k]) / Nk }
      V <- vcov(svytotal(Z, des))
      con <- lapply(s$contrasts, function(cc) { a <- unlist(cc); v <- as.numeric(t(a) %*% V %*% a); e <- sum(a * est); se <- sqrt(v)
        list(coef = I(a), est = e, se = se, ci_normal = I(e + c(-1, 1) * qnorm(.975) * se), ci_t = I(e + c(-1, 1) * qt(.975, df) * se), t = e / se, p_t = 2 * pt(-abs(e / se), df)) })
      list(df = df, levels = I(lv), est = I(est), vcov = mat(V), contrasts = con)
    },
    composite = {   # composite index: delta method and (delete-one-PSU) jackknife
      m <- svymean(fml(s$vars), des, na.rm = na); names(m) <- paste0("v", seq_along(s$vars)); attr(m, "names") <- paste0("v", seq_along(s$vars))
      p <- num(coef(m)); V <- as.matrix(vcov(m)); a <- unlist(s$weights); a <- a / sum(a)
      lo <- unlist(s$lo %||% rep(0, length(p))); hi <- unlist(s$hi %||% rep(1, length(p))); inv <- unlist(s$invert %||% rep(FALSE, length(p)))
      f <- function(p) { z <- (p - lo) / (hi - lo); z[inv] <- 1 - z[inv]
        100 * switch(s$form, arithmetic = sum(a * z), geometric = exp(sum(a * log(z))), harmonic = 1 / sum(a / z)) }
      grad <- { z <- (p - lo) / (hi - lo); sg <- ifelse(inv, -1, 1) / (hi - lo); z[inv] <- 1 - z[inv]
        100 * sg * switch(s$form, arithmetic = a, geometric = a * exp(sum(a * log(z))) / z, harmonic = (1 / sum(a / z))^2 * a / z^2) }
      res <- list(df = df, components = I(p), components_se = I(num(SE(m))), est = f(p), se_delta = sqrt(as.numeric(t(grad) %*% V %*% grad)))
      for (ty in unlist(s$jackknife)) for (ms in c(FALSE, TRUE)) {
        rep <- as.svrepdesign(des0, type = ty, mse = ms); rep <- dom(rep, s$domain)
        vn <- s$vars
        r <- withReplicates(rep, function(w, data) { pp <- vapply(vn, function(v) { x <- data[[v]]; k <- if (na) stats::complete.cases(data[, vn, drop = FALSE]) else rep(TRUE, length(x)); sum(w[k] * x[k]) / sum(w[k]) }, 0); f(num(pp)) })
        res[[paste0("se_", tolower(ty), if (ms) "_mse" else "")]] <- num(SE(r)); 
      }
      res
    },
    glm = {
      f <- as.formula(s$formula)
      m <- if (s$family == "binomial") svyglm(f, des, family = quasibinomial(), control = glm.control(epsilon = 1e-13, maxit = 100)) else svyglm(f, des)
      list(names = I(names(coef(m))), est = I(num(coef(m))), se = I(num(SE(m))), df_resid = m$df.residual)
    },
    cronbach = list(est = num(svycralpha(fml(s$vars), des, na.rm = na))),
    weights = { w <- num(weights(des, "sampling")); list(n = length(w), sum = sum(w), sumsq = sum(w^2), min = min(w), max = max(w), first = I(head(w, 10)), kish_deff = length(w) * sum(w^2) / sum(w)^2) },
    degf = list(df = df),
    stop(paste("op", op)))
  if (is.null(out$n)) out$n <- n
  out
}
results <- list(); nerr <- 0
for (s in specs) {
  ex <- tryCatch(suppressWarnings(run_case(s)), error = function(e) list(error = TRUE, r_message = conditionMessage(e)))
  if (!is.null(ex$error)) { nerr <- nerr + 1; message(s$id, ": ", ex$r_message) }
  results[[s$id]] <- ex
}
meta <- list(r_version = R.version.string, survey_version = as.character(packageVersion("survey")), matrix_version = as.character(packageVersion("Matrix")), jsonlite_version = as.character(packageVersion("jsonlite")), n_cases = length(results), n_error_cases = nerr)
cat(toJSON(list(meta = meta, expected = results), digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = FALSE), file = file.path(dir, "expected.json"))
cat("cases:", length(results), "errors:", nerr, "\n")
