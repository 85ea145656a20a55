---@meta
-- ---- numbers ----

---How stats.bootstrap resamples.
---@class BootstrapOptions
---@field samples? integer 10 to 100000, default 1000
---@field level? number 0.5 to 0.9999, default 0.95
---@field seed? integer default 0; the same seed gives the same answer
---@field statistic? fun(values: number[]): number default: the mean

---Statistics of lists of numbers, computed in C. A list that is empty, holds NaN or text, or is shorter than the other raises.
---@class statslib
stats = {}

---The arithmetic mean.
---@param values number[]
---@return number
---@nodiscard
function stats.mean(values) end

---Of a sample: divides by n - 1.
---@param values number[]
---@return number
---@nodiscard
function stats.stdev(values) end

---Linear between order statistics (Hyndman and Fan's type 7, as NumPy's default).
---@param values number[]
---@param q number 0 to 1
---@return number
---@nodiscard
function stats.quantile(values, q) end

---Root of the mean squared error.
---@param actual number[]
---@param predicted number[]
---@return number
---@nodiscard
function stats.rmse(actual, predicted) end

---Mean absolute error.
---@param actual number[]
---@param predicted number[]
---@return number
---@nodiscard
function stats.mae(actual, predicted) end

---Mean negative log-likelihood of the labels; probabilities are clipped to 1e-15 from 0 and 1.
---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@return number
---@nodiscard
function stats.log_loss(labels, probabilities) end

---Mean squared difference of probability and label (Brier 1950).
---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@return number
---@nodiscard
function stats.brier(labels, probabilities) end

---Area under the ROC curve, ties by midranks. Raises when only one label occurs.
---@param labels (0|1|boolean)[]
---@param scores number[] higher means more likely 1
---@return number
---@nodiscard
function stats.auc(labels, scores) end

---Expected calibration error, over bins of equal width.
---@param labels (0|1|boolean)[]
---@param probabilities number[]
---@param bins? integer default 10
---@return number
---@nodiscard
function stats.ece(labels, probabilities, bins) end

---2 TP / (2 TP + FP + FN) of one class; 0 when it is never hit.
---@param actual any[] classes: numbers, texts or booleans
---@param predicted any[]
---@param positive? any the class that counts, default 1 (which true is, too)
---@return number
---@nodiscard
function stats.f1(actual, predicted, positive) end

---Cohen's kappa, plain or weighted by the distance of the sorted classes.
---@param first any[] classes
---@param second any[]
---@param weights? "none"|"linear"|"quadratic" default "none"
---@return number
---@nodiscard
function stats.kappa(first, second, weights) end

---Population stability index, over bins cut at the quantiles of `expected`.
---@param expected number[]
---@param actual number[]
---@param bins? integer 2 to 1000, default 10
---@return number
---@nodiscard
function stats.psi(expected, actual, bins) end

---Two-sample Kolmogorov-Smirnov test; p is asymptotic.
---@param first number[]
---@param second number[]
---@return {statistic: number, p: number}
---@nodiscard
function stats.ks(first, second) end

---Of counts against expected counts (default: equal ones), or of a table of counts, for independence.
---@param observed number[]|number[][]
---@param expected? number[]
---@return {statistic: number, dof: integer, p: number}
---@nodiscard
function stats.chi2(observed, expected) end

---Percentile interval of a statistic by resampling (Efron 1979).
---@param values number[]
---@param options? BootstrapOptions
---@return {estimate: number, low: number, high: number, error: number}
---@nodiscard
function stats.bootstrap(values, options) end
