using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Hermitian systems by Cholesky factorization, one per realization.</content>
internal sealed partial class GpuEngine
{
    /// <summary>Systems of one order: the factor, the inverses of its diagonal blocks, and which realizations take part.</summary>
    private readonly record struct SystemMemory(int Order, GpuTensor Matrix, GpuTensor Inverses, GpuTensor Open);

    private SystemMemory Systems(int order, SolveControl control)
    {
        int blocks = (order + Shapes.Block - 1) / Shapes.Block;
        return new SystemMemory(
            order, Scratch("system", ElementKind.Complex, control, order, order), Scratch("inverses", ElementKind.Complex, control, blocks, Shapes.Block * Shapes.Block),
            Scratch("open", ElementKind.Integer, control));
    }

    /// <summary>Opens the systems of the realizations that run.</summary>
    private void OpenRunning(SystemMemory systems, SolveControl control) =>
        Launch("openRunning", new Groups((control.RealizationCount + Shapes.BlockGroup - 1) / Shapes.BlockGroup), control.RealizationCount, systems.Open, control.Status);

    /// <summary>G + λI of every running realization.</summary>
    private SystemMemory ShiftedSystem(Tensor gram, int order, double lambda, SolveControl control)
    {
        SystemMemory systems = Systems(order, control);
        OpenRunning(systems, control);
        Launch("shiftedSystem", new Groups(order, 1, control.RealizationCount), order, lambda, gram, systems.Matrix, systems.Open);
        return systems;
    }

    /// <summary>G + (ridge·tr G/n)I of one block of every running realization whose trace is not 0; the others are closed.</summary>
    private SystemMemory RidgeSystem(Tensor gram, int order, int block, double ridge, SolveControl control)
    {
        SystemMemory systems = Systems(order, control);
        Launch(
            "ridgeSystem", new Groups(order, 1, control.RealizationCount), order, Elements(gram), block * order * order, ridge, gram, systems.Matrix, systems.Open, control.Status);
        return systems;
    }

    /// <summary>Factors the open systems.</summary>
    private void Factor(SystemMemory systems, SolveControl control)
    {
        int blocks = (systems.Order + Shapes.Block - 1) / Shapes.Block;
        for (int j = 0; j < blocks; j++)
        {
            Launch("choleskyColumn", new Groups(blocks - j, 1, control.RealizationCount), systems.Order, j, systems.Matrix, systems.Inverses, systems.Open);
        }
    }

    /// <summary>B := A⁻¹B of the open systems; B is one block of each realization.</summary>
    private void SolveSystems(SystemMemory systems, Tensor rightHandSides, int columns, SolveControl control, int block = 0)
    {
        Factor(systems, control);
        Launch(
            "choleskySolve", new Groups((columns + Shapes.Block - 1) / Shapes.Block, 1, control.RealizationCount), systems.Order, columns, Elements(rightHandSides),
            block * systems.Order * columns, systems.Matrix, systems.Inverses, rightHandSides, systems.Open);
    }
}
