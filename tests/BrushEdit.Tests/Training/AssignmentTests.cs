using BrushEdit.Training;

namespace BrushEdit.Tests.Training;

public class AssignmentTests
{
    [Fact]
    public void The_cheapest_choice_is_that_of_trying_all()
    {
        Random random = new(5);
        for (int trial = 0; trial < 200; trial++)
        {
            int rows = random.Next(0, 5);
            int columns = rows + random.Next(0, 4);
            double[,] costs = new double[rows, columns];
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    // Whole numbers at times, so that ties occur.
                    costs[row, column] = trial % 2 == 0 ? random.Next(-4, 5) : (random.NextDouble() * 20) - 10;
                }
            }

            int[] chosen = Assignment.Solve(costs);
            Assert.Equal(rows, chosen.Distinct().Count());
            Assert.Equal(Cheapest(costs, 0, 0), Enumerable.Range(0, rows).Sum(row => costs[row, chosen[row]]), 9);
        }
    }

    [Fact]
    public void What_cannot_be_solved_is_an_error()
    {
        Assert.Throws<ArgumentException>(() => Assignment.Solve(new double[2, 1]));
        Assert.Throws<ArgumentException>(() => Assignment.Solve(new double[,] { { 1, double.NaN } }));
    }

    private static double Cheapest(double[,] costs, int row, int taken)
    {
        if (row == costs.GetLength(0))
        {
            return 0;
        }

        return Enumerable.Range(0, costs.GetLength(1)).Where(column => (taken & (1 << column)) == 0)
            .Min(column => costs[row, column] + Cheapest(costs, row + 1, taken | (1 << column)));
    }
}
