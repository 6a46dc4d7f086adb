using BrushEdit.Editing;

namespace BrushEdit.Planning;

/// <summary>Turns an instruction into a plan.</summary>
public interface IEditPlanner : IDisposable
{
    /// <summary>The name by which it is chosen, such as <c>Rules</c>.</summary>
    string Name { get; }

    /// <summary>Makes a plan. Parts that the request already contains are used unchanged.</summary>
    /// <param name="request">The instruction, the picture, and the parts that are already known.</param>
    /// <param name="cancellation">Cancels a planner that is waiting.</param>
    /// <exception cref="EditException">The instruction is not understood, or the planner cannot be reached.</exception>
    Task<EditPlan> PlanAsync(PlanRequest request, CancellationToken cancellation = default);
}
