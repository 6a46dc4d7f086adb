namespace BrushEdit.Training;

/// <summary>
/// The cheapest assignment of a different column to every row: Kuhn's assignment problem (Naval Research Logistics Quarterly 2, 1955),
/// solved by shortest augmenting paths with potentials in O(rows^2 columns).
/// </summary>
public static class Assignment
{
    /// <summary>Solves the problem.</summary>
    /// <param name="costs">Finite costs, rows x columns; no more rows than columns.</param>
    /// <returns>The column of each row.</returns>
    /// <exception cref="ArgumentException">There are more rows than columns, or a cost is not finite.</exception>
    public static int[] Solve(double[,] costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        (int rows, int columns) = (costs.GetLength(0), costs.GetLength(1));
        if (rows > columns)
        {
            throw new ArgumentException($"{rows} rows cannot each be assigned one of {columns} columns.", nameof(costs));
        }

        if (costs.Cast<double>().Any(cost => !double.IsFinite(cost)))
        {
            throw new ArgumentException("A cost is not finite.", nameof(costs));
        }

        // Row and column 0 stand for "none yet"; owner[column] is the row that has a column.
        double[] rowPotential = new double[rows + 1];
        double[] columnPotential = new double[columns + 1];
        int[] owner = new int[columns + 1];
        int[] previous = new int[columns + 1];
        for (int row = 1; row <= rows; row++)
        {
            Grow(costs, row, rowPotential, columnPotential, owner, previous);
        }

        int[] chosen = new int[rows];
        for (int column = 1; column <= columns; column++)
        {
            if (owner[column] > 0)
            {
                chosen[owner[column] - 1] = column - 1;
            }
        }

        return chosen;
    }

    /// <summary>Assigns a column to one more row, along the shortest path that ends at a free column.</summary>
    private static void Grow(double[,] costs, int row, double[] rowPotential, double[] columnPotential, int[] owner, int[] previous)
    {
        int columns = owner.Length - 1;
        double[] shortest = new double[columns + 1];
        Array.Fill(shortest, double.PositiveInfinity);
        bool[] visited = new bool[columns + 1];
        owner[0] = row;
        int at = 0;
        do
        {
            visited[at] = true;
            int current = owner[at];
            int next = 0;
            double step = double.PositiveInfinity;
            for (int column = 1; column <= columns; column++)
            {
                if (visited[column])
                {
                    continue;
                }

                double reduced = costs[current - 1, column - 1] - rowPotential[current] - columnPotential[column];
                if (reduced < shortest[column])
                {
                    (shortest[column], previous[column]) = (reduced, at);
                }

                if (shortest[column] < step)
                {
                    (step, next) = (shortest[column], column);
                }
            }

            for (int column = 0; column <= columns; column++)
            {
                if (visited[column])
                {
                    rowPotential[owner[column]] += step;
                    columnPotential[column] -= step;
                }
                else
                {
                    shortest[column] -= step;
                }
            }

            at = next;
        }
        while (owner[at] != 0);

        while (at != 0)
        {
            owner[at] = owner[previous[at]];
            at = previous[at];
        }
    }
}
