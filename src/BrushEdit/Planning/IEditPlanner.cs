using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Turns an instruction into a plan.</summary>
public interface IEditPlanner : IDisposable
{
    /// <summary>The name it was chosen by, such as <c>Rules</c>.</summary>
    string Name { get; }

    /// <summary>Makes a plan. What the request gives is taken as it is.</summary>
    /// <param name="request">The instruction, the picture, and what is given already.</param>
    /// <param name="cancellation">Stops a planner that waits.</param>
    /// <exception cref="EditException">The instruction is not understood, or the planner cannot be reached.</exception>
    Task<EditPlan> PlanAsync(PlanRequest request, CancellationToken cancellation = default);
}
