using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>Gradients against fourth-order central differences of the objective, in double precision.</summary>
public class GradientTests
{
    /// <summary>ε^{1/5}: where truncation and rounding of the difference meet.</summary>
    private static readonly double Step = Math.Pow(Tolerance.Epsilon(Precision.Double), 0.2);

    /// <summary>What remains there of the objective, ε^{4/5}, with room for fifth derivatives and the sums behind it.</summary>
    private static readonly double Agreement = 1000 * Math.Pow(Step, 4);

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.InDouble from shape in (ProblemShape[])[new(1, 2, 8, 5), new(1, 3, 7, 3), new(1, 1, 4, 9)] select new TestCaseData(engine, shape);

    /// <summary>Random, as long as the point.</summary>
    private static Complex[] DirectionLike(Complex[] point, ulong seed)
    {
        Complex[] direction = RandomProblem.Normals(point.Length, seed);
        double scale = Math.Sqrt(point.Sum(v => v.Magnitude * v.Magnitude) / direction.Sum(v => v.Magnitude * v.Magnitude));
        return [.. direction.Select(v => v * scale)];
    }

    private static double Slope(Func<double, double> f) => ((8 * (f(Step) - f(-Step))) - (f(2 * Step) - f(-2 * Step))) / (12 * Step);

    /// <summary>f = −objective, df = 2 Re Σ_l tr(dX_lᴴ G_l W) for P_l = H_l X_l, whose conjugate gradient is H_l W.</summary>
    [TestCaseSource(nameof(Cases))]
    public void WeightsAreTheGradientInCoordinates(EngineUnderTest engine, ProblemShape shape)
    {
        var inputs = OpInputs.Of(shape);
        using var run = new OpRun(engine, inputs);
        Complex[] x = inputs.Complexes("x"), direction = DirectionLike(x, 61);
        Tensor coordinates = run.In("x"), images = run.OutSquare("s"), w = run.Out("w", shape.K, shape.K), omega = run.OutControl("omega", shape.K);

        double Objective(double t)
        {
            coordinates.Write([.. x.Zip(direction, (a, d) => a + (t * d))]);
            run.Ops.RefreshImages(run.Problem, coordinates, images, run.Control);
            run.Ops.RateWeights(run.Problem, images, w, omega, run.Control);
            return ReadControl(run.Control.Objective)[0];
        }

        double slope = Slope(Objective);
        Objective(0);
        coordinates.Write(direction);
        run.Ops.RefreshImages(run.Problem, coordinates, images, run.Control); // G_l dX_l
        int size = shape.K * shape.K;
        Complex[] weights = ReadComplex(w)[..size], image = ReadComplex(images)[..(shape.L * size)];
        double predicted = -2 * Enumerable.Range(0, shape.L * size).Sum(i => (Complex.Conjugate(image[i]) * weights[i % size]).Real);
        Assert.That(predicted, Is.EqualTo(slope).Within(Agreement * Math.Max(Math.Abs(slope), ReadControl(run.Control.Objective)[0])));
    }

    /// <summary>4 ∂²f/∂u_n∂u_n* is the Laplacian of f = −objective over the real and imaginary part of one slot, by fourth-order second differences.</summary>
    [TestCaseSource(nameof(Cases))]
    public void CurvatureInBeamsIsTheDiagonalOfTheHessian(EngineUnderTest engine, ProblemShape shape)
    {
        double step = Math.Pow(Tolerance.Epsilon(Precision.Double), 1.0 / 6), agreement = 1000 * Math.Pow(step, 4);
        var inputs = OpInputs.Of(shape);
        using var run = new OpRun(engine, inputs);
        Complex[] start = inputs.Complexes("u");
        Tensor u = run.In("u"), table = run.In("table"), sT = run.Out("sT", shape.K, shape.K), wT = run.Out("wT", shape.K, shape.K), curvature = run.InOut("curvature");

        double Loss(int slot, Complex change)
        {
            Complex[] moved = [.. start];
            moved[slot] += change;
            u.Write(moved);
            run.Ops.Couplings(run.Problem, table, run.Support, u, EvaluationOrder.Gathered, sT, run.Control);
            run.Ops.StreamRateWeights(run.Problem, sT, wT, run.Control);
            return -ReadControl(run.Control.Objective)[0];
        }

        double SecondDerivative(int slot, Complex direction) =>
            ((16 * (Loss(slot, direction) + Loss(slot, -direction))) - Loss(slot, 2 * direction) - Loss(slot, -2 * direction) - (30 * Loss(slot, 0))) / (12 * direction.Magnitude * direction.Magnitude);

        double objective = -Loss(0, 0);
        run.Ops.BeamCurvature(run.Problem, table, run.Support, sT, CurvatureKind.Hessian, curvature, run.Control);
        Complex[] diagonal = ReadComplex(curvature);
        int slots = ReadInteger(run.Support.Start)[shape.K * shape.L];
        double scale = Math.Sqrt(start.Sum(v => v.Magnitude * v.Magnitude) / slots), length = step * scale;
        Assert.Multiple(() =>
        {
            for (int slot = 0; slot < slots; slot += 1 + (slots / 12))
            {
                double laplacian = SecondDerivative(slot, length) + SecondDerivative(slot, new Complex(0, length));
                Assert.That(diagonal[slot].Real, Is.EqualTo(laplacian / 4).Within(agreement * Math.Max(Math.Abs(laplacian), objective / (scale * scale))), $"slot {slot}");
                Assert.That(diagonal[slot].Imaginary, Is.Zero);
            }
        });
    }

    /// <summary>df = 2 Re⟨du, ∇f⟩ in the beam domain, whichever way couplings and gradient are evaluated.</summary>
    [Test]
    public void GradientInBeamsIsTheGradient([ValueSource(nameof(Cases))] TestCaseData c, [Values] EvaluationOrder order)
    {
        var (engine, shape) = ((EngineUnderTest)c.Arguments[0]!, (ProblemShape)c.Arguments[1]!);
        var inputs = OpInputs.Of(shape);
        using var run = new OpRun(engine, inputs);
        Complex[] start = inputs.Complexes("u"), direction = DirectionLike(start, 62);
        Tensor u = run.In("u"), table = run.In("table"), sT = run.Out("sT", shape.K, shape.K), wT = run.Out("wT", shape.K, shape.K), gradient = run.InOut("gradient");

        double Objective(double t)
        {
            u.Write([.. start.Zip(direction, (a, d) => a + (t * d))]);
            run.Ops.Couplings(run.Problem, table, run.Support, u, order, sT, run.Control);
            run.Ops.StreamRateWeights(run.Problem, sT, wT, run.Control);
            return ReadControl(run.Control.Objective)[0];
        }

        double slope = Slope(Objective);
        Objective(0);
        run.Ops.Gradient(run.Problem, table, run.Support, wT, order, gradient, run.Control);
        int slots = ReadInteger(run.Support.Start)[shape.K * shape.L];
        Complex[] g = ReadComplex(gradient);
        double predicted = -2 * Enumerable.Range(0, slots).Sum(i => (Complex.Conjugate(direction[i]) * g[i]).Real);
        Assert.That(predicted, Is.EqualTo(slope).Within(Agreement * Math.Max(Math.Abs(slope), ReadControl(run.Control.Objective)[0])));
    }
}
