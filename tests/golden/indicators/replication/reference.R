# Made replicate weights: R 4.2.2 with survey 4.1.1. Run in this folder; writes expected.json.
# Bootstrap weights are random, so R is given those of pairs_boot*.csv.
library(survey)
library(jsonlite)
d <- read.csv("pairs.csv", stringsAsFactors = TRUE)
plain <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d)
finite <- svydesign(~psu, strata = ~stratum, weights = ~w, fpc = ~psus, data = d)
bare <- svydesign(~psu, weights = ~w, data = d)
sex <- data.frame(sex = c("female", "male"), Freq = c(1200, 1100))
grp <- data.frame(grp = c("high", "low", "mid"), Freq = c(700, 900, 700))
brr <- as.svrepdesign(plain, type = "BRR")
fay <- as.svrepdesign(plain, type = "Fay", fay.rho = 0.3)
jkn <- as.svrepdesign(plain, type = "JKn")
ends <- list(epsilon = 1e-13, maxit = 500)
margins <- function(r) rake(r, list(~sex, ~grp), list(sex, grp), control = ends)
given <- function(file, of) {
  svrepdesign(data = d, weights = ~w, repweights = as.matrix(read.csv(file)), type = "bootstrap",
              combined.weights = TRUE, mse = of)
}
designs <- list(
  jk1 = as.svrepdesign(bare, type = "JK1"),
  jkn = jkn,
  jkn_fpc = as.svrepdesign(finite, type = "JKn"),
  brr = brr,
  brr_mse = as.svrepdesign(plain, type = "BRR", mse = TRUE),
  fay = fay,
  boot = given("pairs_boot.csv", FALSE),
  boot_fpc_mse = given("pairs_boot_fpc.csv", TRUE),
  jkn_post = postStratify(jkn, ~sex, sex),
  jkn_rake = margins(jkn),
  jkn_cal = calibrate(jkn, ~x, c("(Intercept)" = 2300, x = 47000)),
  brr_rake = margins(brr),
  fay_post = postStratify(fay, ~sex, sex),
  fay_post_rake = margins(postStratify(fay, ~sex, sex))
)
one <- function(r) list(est = as.numeric(coef(r)), se = as.numeric(SE(r)))
found <- lapply(designs, function(r) list(
  mean = one(svymean(~y, r)),
  total = one(svytotal(~y, r)),
  ratio = one(svyratio(~y, ~x, r)),
  share = one(svymean(~bin, r)),
  women = one(svymean(~y, subset(r, sex == "female"))),
  df = degf(r)
))
# Matrices by number of strata, row by row.
matrices <- lapply(c("3" = 3, "7" = 7, "9" = 9, "12" = 12, "20" = 20, "40" = 40, "58" = 58), function(n)
  apply(survey:::hadamard(n), 1, paste, collapse = ""))
message <- function(make) tryCatch({ make(); "" }, error = conditionMessage)
lonely <- d[d$psu != "p01", ]
odd <- d[d$psu != "p05", ]
of <- function(data, ...) svydesign(~psu, weights = ~w, data = data, ...)
refused <- list(
  lonely = message(function() as.svrepdesign(of(lonely, strata = ~stratum), type = "BRR")),
  odd = message(function() as.svrepdesign(of(odd, strata = ~stratum), type = "BRR")),
  no_strata = message(function() as.svrepdesign(of(d), type = "BRR")),
  jk1_strata = message(function() as.svrepdesign(plain, type = "JK1"))
)
write(toJSON(list(numbers = found, matrices = matrices, refused = refused), digits = I(16), auto_unbox = TRUE,
             pretty = TRUE), "expected.json")
