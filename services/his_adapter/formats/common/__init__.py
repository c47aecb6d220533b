"""What every format needs: storing and refusing what came, for whom a credential speaks, how a site names things."""
